import type { Sidecar } from '@sconce/core';
import type { ReplicaTarget } from '@sconce/ports';
import { aSidecar } from '../contract/a-replica-target.ts';
import type { ReplicaBehaviour } from '../fakes/fake-replica.ts';

/** A target that behaves so, of an image that holds nothing but busybox. */
export function behaveWithBusybox(
  target: ReplicaTarget,
  image: ReplicaTarget['image'],
  behaviour: ReplicaBehaviour,
): ReplicaTarget {
  return { ...target, image, command: ['sh', '-c', toScript(behaviour, target.port)] };
}

/** A sidecar that behaves so; `image` as the engine or a node takes it. One that serves does it on `port`, in its replica's network. */
export function besideWithBusybox(name: string, image: string, behaviour: ReplicaBehaviour, port = 9_000): Sidecar {
  return aSidecar({ name, image, command: ['sh', '-c', toScript(behaviour, port)] });
}

/** Serves /tmp/www, with a page and a slow script in it. */
function makePages(): string {
  return [
    'mkdir -p /tmp/www/cgi-bin',
    'echo ok > /tmp/www/index.html',
    `printf '#!/bin/sh\\nsleep 1\\nprintf "Content-Type: text/plain\\\\r\\\\n\\\\r\\\\nfinished"\\n' > /tmp/www/cgi-bin/slow`,
    'chmod +x /tmp/www/cgi-bin/slow',
  ].join('\n');
}

function toScript(behaviour: ReplicaBehaviour, port: number): string {
  const seconds = (ms: number | undefined) => (ms ?? 0) / 1000;
  switch (behaviour.kind) {
    case 'serves':
      return `${(behaviour.prints ?? []).map((text) => `echo '${text}'`).join('\n')}
sleep ${seconds(behaviour.afterMs)}
${makePages()}
httpd -f -p ${port} -h /tmp/www &
trap 'sleep ${seconds(behaviour.finishMs)}; exit 0' TERM
wait`;
    case 'never_ready':
      return 'exec sleep 100000';
    case 'crashes':
      return `sleep ${seconds(behaviour.afterMs)}; exit ${behaviour.exitCode ?? 1}`;
    case 'out_of_memory':
      return `sleep ${seconds(behaviour.afterMs)}; exec tail /dev/zero`;
    case 'talks':
      return `i=1
while [ $i -le ${behaviour.lines} ]; do
  if [ $((i % 2)) = 0 ]; then echo "line $i" >&2; else echo "line $i"; fi
  i=$((i + 1))
  sleep ${seconds(behaviour.everyMs)}
done
exec sleep 100000`;
    case 'ignores_term':
      return `trap '' TERM\n${makePages()}\nexec httpd -f -p ${port} -h /tmp/www`;
  }
}
