import { readFileSync } from 'node:fs';
import https from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * One call of the cluster's API, as its administrator.
 *
 * @param {string} kubeconfig path of one that `makeKubeconfig` made
 * @param {string} method PATCH sends a server-side apply, or a merge patch where `merge` is set
 * @param {string} path
 * @param {{ body?: object, merge?: boolean, timeoutMs?: number }} options
 * @returns {Promise<{ status: number, body: any }>} `body` is text where it is not JSON; rejects where the API does not answer
 */
export function callApi(kubeconfig, method, path, { body, merge = false, timeoutMs = 10_000 } = {}) {
  const { server, ca, cert, key } = readAccess(kubeconfig);
  const patchType = merge ? 'application/merge-patch+json' : 'application/apply-patch+yaml';
  const headers = {
    accept: 'application/json',
    ...(body ? { 'content-type': method === 'PATCH' ? patchType : 'application/json' } : {}),
  };
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(timeoutMs);
    const request = https.request(
      new URL(path, server),
      { method, headers, ca, cert, key, signal, agent: false },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk) => {
          text = (text + chunk).slice(0, maximumBytes);
        });
        response.on('end', () => resolve({ status: response.statusCode, body: parsed(text) }));
        response.on('error', reject);
      },
    );
    request.on('error', reject);
    request.end(body ? JSON.stringify(body) : undefined);
  });
}

/**
 * Follows a watch until it ends. @param {() => void} onChange called for each event; what it is about is not read
 */
export function watchApi(kubeconfig, path, onChange) {
  const { server, ca, cert, key } = readAccess(kubeconfig);
  return new Promise((resolve, reject) => {
    const request = https.request(new URL(path, server), { ca, cert, key, agent: false }, (response) => {
      response.on('data', onChange);
      response.on('end', () => resolve(undefined));
      response.on('error', reject);
    });
    request.on('error', reject);
    // A connection that broke without a word would be waited on for ever; the server ends watches after an hour at the latest.
    request.on('socket', (socket) => socket.setKeepAlive(true, 10_000));
    request.end();
  });
}

const maximumBytes = 8 * 1024 * 1024;

/** Makes an object, or brings it to what is given. */
export async function applyObject(kubeconfig, path, object) {
  const { status, body } = await callApi(
    kubeconfig,
    'PATCH',
    `${path}/${object.metadata.name}?fieldManager=local-cluster&force=true`,
    { body: object },
  );
  if (status >= 300)
    throw new Error(`${object.kind} ${object.metadata.name} was not taken: ${status} ${body?.message ?? body}`);
}

function readAccess(path) {
  const config = JSON.parse(readFileSync(path, 'utf8'));
  const text = (base64) => Buffer.from(base64, 'base64').toString();
  const { cluster } = config.clusters[0];
  const { user } = config.users[0];
  return {
    server: cluster.server,
    ca: text(cluster['certificate-authority-data']),
    cert: text(user['client-certificate-data']),
    key: text(user['client-key-data']),
  };
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/**
 * Asks again until the answer is not null.
 * @template T
 * @param {() => Promise<T | null>} ask may reject: then it is asked again as well
 * @param {{ withinMs: number, giveUp?: () => boolean }} how `giveUp`: whether it will not get better by waiting
 * @returns {Promise<{ value: T | null, why: string }>} `value` null where it did not come; `why`: the last refusal
 */
export async function waitFor(ask, { withinMs, giveUp = () => false }) {
  const deadline = Date.now() + withinMs;
  let why = 'it gave no answer';
  while (Date.now() < deadline && !giveUp()) {
    const value = await ask().catch((error) => {
      why = error.message;
      return null;
    });
    if (value !== null) return { value, why };
    await sleep(pauseMs);
  }
  return { value: null, why };
}

const pauseMs = 100;
