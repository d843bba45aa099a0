import { existsSync, readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { Problem } from '../terminal/problem.mjs';

/**
 * An address of the engine as its API client needs it.
 * @param {string} dockerHost as in DOCKER_HOST: `unix:///path` or `tcp://host:port`
 */
export function parseDockerHost(dockerHost) {
  if (dockerHost.startsWith('unix://')) return { socketPath: dockerHost.slice('unix://'.length) };
  const match = /^(?:tcp|https?):\/\/(\[[^\]]+\]|[^:/]+)(?::(\d+))?\/?$/.exec(dockerHost);
  if (!match) {
    throw new Problem(
      `DOCKER_HOST is ${dockerHost.slice(0, 200)}, which Sconce cannot use.`,
      'Give a socket (unix:///var/run/docker.sock) or an address (tcp://127.0.0.1:2375), or unset it.',
    );
  }
  const tls = process.env.DOCKER_TLS_VERIFY ? tlsFiles() : null;
  return { host: match[1].replace(/[[\]]/g, ''), port: Number(match[2] ?? (tls ? 2376 : 2375)), tls };
}

function tlsFiles() {
  const folder = process.env.DOCKER_CERT_PATH ?? join(homedir(), '.docker');
  return {
    ca: readFileSync(join(folder, 'ca.pem')),
    cert: readFileSync(join(folder, 'cert.pem')),
    key: readFileSync(join(folder, 'key.pem')),
  };
}

/** Where engines usually listen, the one that was asked for first. */
export function dockerHosts() {
  if (process.env.DOCKER_HOST) return [process.env.DOCKER_HOST];
  const runtimeFolder = process.env.XDG_RUNTIME_DIR;
  const sockets = [
    '/var/run/docker.sock',
    ...(runtimeFolder ? [join(runtimeFolder, 'docker.sock')] : []),
    join(homedir(), '.docker', 'run', 'docker.sock'),
    join(homedir(), '.colima', 'default', 'docker.sock'),
  ];
  return sockets.filter((path) => existsSync(path)).map((path) => `unix://${path}`);
}

/**
 * One call of the engine's API.
 *
 * @param {string} dockerHost
 * @param {string} method
 * @param {string} path
 * @param {{ timeoutMs?: number, silenceMs?: number, body?: NodeJS.ReadableStream, onLine?: (line: string) => void }} options
 *   `timeoutMs`: until the engine begins to answer; `silenceMs`: the longest pause in its answer
 * @returns {Promise<{ status: number, body: string }>} at most 4 MiB of the body; rejects where the engine does not answer
 */
export function callDocker(dockerHost, method, path, options = {}) {
  const { timeoutMs = 5_000, silenceMs = timeoutMs, body, onLine } = options;
  const { tls, ...address } = parseDockerHost(dockerHost);
  const requester = tls ? https : http;
  const headers = body ? { 'content-type': 'application/x-tar', 'transfer-encoding': 'chunked' } : {};
  return new Promise((resolve, reject) => {
    const request = requester.request({ ...address, ...tls, method, path, headers, timeout: timeoutMs }, (response) => {
      let text = '';
      request.setTimeout(silenceMs);
      response.setEncoding('utf8');
      response.on('data', (chunk) => {
        text = (text + chunk).slice(-4 * 1024 * 1024);
        if (onLine) for (const line of chunk.split('\n')) if (line.trim() !== '') onLine(line);
      });
      response.on('end', () => resolve({ status: response.statusCode, body: text }));
      response.on('error', reject);
    });
    request.on('timeout', () => request.destroy(new Error(`${dockerHost} was silent for too long`)));
    request.on('error', reject);
    if (body) {
      body.on('error', (error) => request.destroy(error));
      body.pipe(request);
    } else request.end();
  });
}
