import { expect, it } from 'vitest';
import { makeSimulatedNode } from './make-simulated-node.mjs';

it('is known by its label, kept for pods that ask for a GPU, and says what it has', () => {
  expect(makeSimulatedNode(7)).toMatchObject({
    metadata: {
      name: 'simulated-0007',
      labels: { type: 'kwok', 'nvidia.com/gpu.product': 'NVIDIA-H100-80GB-HBM3', 'nvidia.com/gpu.count': '8' },
    },
    spec: { taints: [{ key: 'nvidia.com/gpu', effect: 'NoSchedule' }] },
    status: { capacity: { 'nvidia.com/gpu': '8' }, allocatable: { 'nvidia.com/gpu': '8' } },
  });
});
