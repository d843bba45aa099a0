import { describe, expect, it } from 'vitest';
import { planPolicyRules } from './plan-policy-rules.mjs';

const pod = (namespace, name, podIP, labels = {}, ports = []) => ({
  metadata: { namespace, name, labels },
  spec: { containers: [{ ports }] },
  status: { podIP, phase: 'Running' },
});
const namespaces = ['one', 'two'].map((name) => ({
  metadata: { name, labels: { 'kubernetes.io/metadata.name': name } },
}));
const pods = [
  pod('one', 'web', '10.0.0.1', { app: 'web' }, [{ name: 'http', containerPort: 8080 }]),
  pod('one', 'client', '10.0.0.2', { app: 'client' }),
  pod('two', 'other', '10.0.0.3', { app: 'client' }),
];
const policy = (spec, namespace = 'one') => ({
  metadata: { namespace, name: 'p' },
  spec: { podSelector: {}, ...spec },
});
const plan = (...policies) => planPolicyRules({ policies, pods, namespaces }, ['10.9.0.1', '10.9.0.2']);
const chain = (text, name) =>
  new RegExp(`chain ${name} \\{\\n([^}]*(?:\\{[^}]*\\}[^}]*)*?)\\n {2}\\}`)
    .exec(text)?.[1]
    .split('\n')
    .map((line) => line.trim());

describe('planPolicyRules', () => {
  it('makes no chain where no policy selects a pod', () => {
    expect(plan()).not.toContain('jump');
  });

  it('lets nothing in to pods of a namespace that denies it, and leaves other namespaces alone', () => {
    const text = plan(policy({ policyTypes: ['Ingress'] }));
    expect(chain(text, 'ingress-10.0.0.1')).toEqual(['drop']);
    expect(chain(text, 'ingress-10.0.0.2')).toEqual(['drop']);
    expect(text).not.toContain('10.0.0.3');
    expect(text).not.toContain('egress-');
  });

  it('lets in whom one of several policies allows, by pod, by namespace and by port name', () => {
    const text = plan(
      policy({
        podSelector: { matchLabels: { app: 'web' } },
        ingress: [{ from: [{ podSelector: { matchLabels: { app: 'client' } } }], ports: [{ port: 'http' }] }],
      }),
      policy({
        podSelector: { matchLabels: { app: 'web' } },
        ingress: [{ from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'two' } } }] }],
      }),
    );
    expect(chain(text, 'ingress-10.0.0.1')).toEqual([
      'ip saddr { 10.0.0.2 } tcp dport 8080 return',
      'ip saddr { 10.0.0.3 } return',
      'drop',
    ]);
  });

  it('allows everybody where a rule names nobody, and nobody where its peers are not there', () => {
    expect(chain(plan(policy({ ingress: [{}] })), 'ingress-10.0.0.1')).toEqual(['return', 'drop']);
    const nobody = {
      podSelector: { matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['web', 'client'] }] },
    };
    expect(chain(plan(policy({ ingress: [{ from: [nobody] }] })), 'ingress-10.0.0.1')).toEqual(['drop']);
  });

  it('holds pods back that want out, also from the node', () => {
    const text = plan(
      policy({
        policyTypes: ['Egress'],
        egress: [
          {
            to: [{ ipBlock: { cidr: '0.0.0.0/0', except: ['10.0.0.0/8'] } }],
            ports: [
              { port: 80, endPort: 90 },
              { protocol: 'UDP', port: 53 },
            ],
          },
        ],
      }),
    );
    const block = 'ip daddr 0.0.0.0/0 ip daddr != { 10.0.0.0/8 }';
    expect(chain(text, 'egress-10.0.0.2')).toEqual([
      `${block} tcp dport 80-90 return`,
      `${block} udp dport 53 return`,
      'drop',
    ]);
    expect(text.split('chain input')[1]).toContain('ip saddr 10.0.0.2 jump egress-10.0.0.2');
  });
});
