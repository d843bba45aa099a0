import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { untilAnswer } from '../push-to-live/plain-script.ts';

const own = '.sconce/cluster/bin/kubernetes';
const namespace = 'sconce-bench-plain';

/** kubectl, or the one that the local cluster's program has in it. */
function kubectl(args: readonly string[], input?: string): string {
  const [program, first] = existsSync(own) ? [own, ['kubectl']] : ['kubectl', []];
  return execFileSync(program, [...first, ...args], { encoding: 'utf8', ...(input === undefined ? {} : { input }) });
}

/** What a person would write by hand for a cluster: `docker build`, `docker push`, `kubectl apply`, `kubectl rollout status`, ask until it answers. */
export class PlainKubectl {
  private readonly docker: string;
  private readonly directory: string;
  private readonly registry: string;
  /** A node asks no registry for a tag that it knows: none may come twice. */
  private readonly images: string[] = [];
  private address = '';

  constructor(docker: string, directory: string, registry: string) {
    this.docker = docker;
    this.directory = directory;
    this.registry = registry;
    kubectl(['create', 'namespace', namespace]);
  }

  /** Milliseconds from the build's start to the first 200 of the new version. */
  async deploy(expected: string): Promise<number> {
    const image = `${this.registry}/sconce-bench-plain:${Date.now()}`;
    this.images.push(image);
    const began = performance.now();
    const env = { ...process.env, DOCKER_BUILDKIT: '1' };
    execFileSync(this.docker, ['build', '-q', '-t', image, '.'], { cwd: this.directory, env, stdio: 'ignore' });
    execFileSync(this.docker, ['push', '-q', image], { stdio: 'ignore' });
    kubectl(['apply', '-f', '-'], JSON.stringify(makeObjects(image)));
    kubectl(['rollout', 'status', '-n', namespace, 'deployment/app', '--timeout=120s']);
    this.address ||= kubectl(['get', '-n', namespace, 'service/app', '-o', 'jsonpath={.spec.clusterIP}']);
    await untilAnswer(`http://${this.address}:8000/`, expected);
    return performance.now() - began;
  }

  remove(): void {
    kubectl(['delete', 'namespace', namespace]);
    execFileSync(this.docker, ['rmi', '-f', ...this.images], { stdio: 'ignore' });
  }
}

function makeObjects(image: string) {
  const labels = { app: 'app' };
  const probe = { httpGet: { path: '/', port: 8000 }, periodSeconds: 1 };
  const container = { name: 'app', image, ports: [{ containerPort: 8000 }], readinessProbe: probe };
  return {
    apiVersion: 'v1',
    kind: 'List',
    items: [
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'app', namespace },
        spec: {
          selector: { matchLabels: labels },
          template: { metadata: { labels }, spec: { containers: [container], terminationGracePeriodSeconds: 2 } },
        },
      },
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'app', namespace },
        spec: { selector: labels, ports: [{ port: 8000 }] },
      },
    ],
  };
}
