import { z } from 'zod';
import { following, reading } from '../shape/endpoint.ts';
import { flag, listOfItems, pageQuery, reference } from '../shape/field.ts';
import { auditEvent, event, eventQuery, logFilterQuery, logHistoryQuery, logLine } from './log.ts';

const events = { query: eventQuery, reply: listOfItems(event), item: event };

export const logEndpoints = {
  listServiceLogs: following({
    path: '/v1/services/{service}/logs',
    summary: 'Log of a service: history, or a stream',
    permission: 'read',
    query: { ...logHistoryQuery, ...logFilterQuery },
    reply: listOfItems(logLine),
    item: logLine,
  }),
  listServiceEvents: following({
    path: '/v1/services/{service}/events',
    summary: 'What happened to a service',
    permission: 'read',
    ...events,
  }),
  listEnvironmentEvents: following({
    path: '/v1/environments/{environment}/events',
    summary: 'What happened in an environment',
    permission: 'read',
    ...events,
  }),
  listProjectEvents: following({
    path: '/v1/projects/{project}/events',
    summary: 'What happened in a project',
    permission: 'read',
    ...events,
  }),
  listEvents: following({
    path: '/v1/events',
    summary: 'What happened in every project you can see',
    permission: 'known',
    ...events,
    query: {
      ...eventQuery,
      audited: flag
        .optional()
        .describe(
          'A stream also tells of each new row of the audit log, as `audit.recorded` with the row as `data`: of the projects that you administer, or of all for administrators of the installation.',
        ),
    },
  }),
  listAuditEvents: reading({
    path: '/v1/audit-events',
    summary: 'Who did, or tried to do, what',
    permission: 'known',
    query: {
      ...pageQuery,
      project: reference('a project that you administer; without one, the whole installation').optional(),
      action: z.string().max(60).optional(),
      user: z.string().max(40).optional(),
    },
    reply: listOfItems(auditEvent),
  }),
};
