/** By this label kwok, and who looks at nodes, tells a simulated one. */
export const simulatedLabel = { key: 'type', value: 'kwok' };

const gpus = { product: 'NVIDIA-H100-80GB-HBM3', count: 8, memoryMiB: 81_559 };

/**
 * A node that is not there, labelled as NVIDIA's GPU feature discovery labels a real one, and kept for pods that ask for a GPU.
 * @param {number} number from 1 on
 */
export function makeSimulatedNode(number) {
  const name = `simulated-${String(number).padStart(4, '0')}`;
  const resources = {
    cpu: '192',
    memory: '2Ti',
    'ephemeral-storage': '1Ti',
    pods: '110',
    'nvidia.com/gpu': String(gpus.count),
  };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: {
        [simulatedLabel.key]: simulatedLabel.value,
        'kubernetes.io/hostname': name,
        'kubernetes.io/arch': 'amd64',
        'kubernetes.io/os': 'linux',
        'nvidia.com/gpu.present': 'true',
        'nvidia.com/gpu.product': gpus.product,
        'nvidia.com/gpu.count': String(gpus.count),
        'nvidia.com/gpu.memory': String(gpus.memoryMiB),
      },
    },
    spec: { taints: [{ key: 'nvidia.com/gpu', value: 'present', effect: 'NoSchedule' }] },
    status: { capacity: resources, allocatable: resources },
  };
}
