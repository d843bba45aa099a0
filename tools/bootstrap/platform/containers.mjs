import { callDocker } from '../machine/docker-api.mjs';

const filter = (label) => encodeURIComponent(JSON.stringify({ label: [label] }));
const label = (installation) => filter(`sconce.home=${installation}`);

/** Containers of this installation, running or not. */
export async function listContainers(dockerHost, installation) {
  const { body } = await callDocker(dockerHost, 'GET', `/containers/json?all=1&filters=${label(installation)}`, {
    timeoutMs: 20_000,
  });
  return JSON.parse(body);
}

/** How many containers run that are not of this installation: as long as there are any, its engine is not ours to stop. */
export async function countForeignContainers(dockerHost, installation) {
  const { body } = await callDocker(dockerHost, 'GET', '/containers/json', { timeoutMs: 20_000 });
  return JSON.parse(body).filter((container) => container.Labels?.['sconce.home'] !== installation).length;
}

/**
 * Stops and removes this installation's containers and networks. Volumes and images stay.
 * @returns {Promise<number>} how many containers there were
 */
export async function removeContainers(dockerHost, installation, graceSeconds = 20) {
  const containers = await listContainers(dockerHost, installation);
  await Promise.all(
    containers.map(async ({ Id: id }) => {
      await callDocker(dockerHost, 'POST', `/containers/${id}/stop?t=${graceSeconds}`, {
        timeoutMs: (graceSeconds + 30) * 1000,
      });
      await callDocker(dockerHost, 'DELETE', `/containers/${id}?force=1`, { timeoutMs: 60_000 });
    }),
  );
  const { body } = await callDocker(dockerHost, 'GET', `/networks?filters=${label(installation)}`, {
    timeoutMs: 20_000,
  });
  for (const { Id: id } of JSON.parse(body))
    await callDocker(dockerHost, 'DELETE', `/networks/${id}`, { timeoutMs: 20_000 });
  return containers.length;
}

/** Removes what only this installation uses: volumes, and the images it built. */
export async function removeVolumesAndImages(dockerHost, installation) {
  const volumes =
    JSON.parse(
      (await callDocker(dockerHost, 'GET', `/volumes?filters=${label(installation)}`, { timeoutMs: 20_000 })).body,
    ).Volumes ?? [];
  for (const { Name: name } of volumes)
    await callDocker(dockerHost, 'DELETE', `/volumes/${encodeURIComponent(name)}`, { timeoutMs: 60_000 });
  const images = JSON.parse(
    (await callDocker(dockerHost, 'GET', `/images/json?filters=${label(installation)}`, { timeoutMs: 20_000 })).body,
  );
  for (const { Id: id } of images)
    await callDocker(dockerHost, 'DELETE', `/images/${id}?force=1`, { timeoutMs: 60_000 });
  return { volumes: volumes.length, images: images.length };
}
