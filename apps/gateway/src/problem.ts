/** Every answer that the gateway itself gives. Status, and what to do next; the detail is said where it happens. */
const problems = {
  request_line_malformed: { status: 400, title: 'Malformed request', hint: 'Send a plain HTTP/1.1 request.' },
  header_malformed: { status: 400, title: 'Malformed header', hint: 'Send each header as "Name: value" on one line.' },
  target_invalid: { status: 400, title: 'Malformed request target', hint: 'Percent-encode the path and the query.' },
  host_invalid: { status: 400, title: 'Host missing or ambiguous', hint: 'Send exactly one Host header.' },
  content_length_invalid: { status: 400, title: 'Ambiguous body length', hint: 'Send one Content-Length, or chunked.' },
  transfer_encoding_invalid: {
    status: 400,
    title: 'Ambiguous body framing',
    hint: 'Send one Content-Length, or chunked.',
  },
  connection_invalid: {
    status: 400,
    title: 'Connection names a header that must stay',
    hint: 'Leave Connection to your HTTP client.',
  },
  chunk_malformed: { status: 400, title: 'Malformed chunk', hint: 'Leave chunked encoding to your HTTP client.' },
  path_leaves_service: { status: 400, title: 'Path leaves its service', hint: 'Send the path without "..".' },
  route_unknown: {
    status: 404,
    title: 'Nothing is served here',
    hint: 'Check the address in the dashboard, or run "sconce status".',
  },
  method_refused: {
    status: 405,
    title: 'Method not served',
    hint: 'Use GET, HEAD, POST, PUT, PATCH, DELETE or OPTIONS.',
  },
  request_timeout: {
    status: 408,
    title: 'The request came too slowly',
    hint: 'Send it again over a faster connection.',
  },
  target_too_long: { status: 414, title: 'Address too long', hint: 'Put large input into the body.' },
  expectation_failed: { status: 417, title: 'Unknown expectation', hint: 'Send "Expect: 100-continue" or none.' },
  headers_too_large: { status: 431, title: 'Headers too large', hint: 'Send fewer or smaller headers or cookies.' },
  headers_too_many: { status: 431, title: 'Too many headers', hint: 'Send fewer headers.' },
  gateway_failed: { status: 500, title: 'The gateway failed', hint: 'Try again; report it with the request id.' },
  answer_malformed: {
    status: 502,
    title: 'The service gave a malformed answer',
    hint: 'Look at the logs of the service.',
  },
  replica_closed: {
    status: 502,
    title: 'The service closed the connection without an answer',
    hint: 'Look at the logs of the service.',
  },
  replica_unreachable: {
    status: 503,
    title: 'The service does not accept connections',
    hint: 'Try again shortly; look at the logs of the service.',
  },
  service_unavailable: {
    status: 503,
    title: 'The service has no replica to answer',
    hint: 'Look at the service in the dashboard.',
  },
  at_capacity: {
    status: 503,
    title: 'All replicas are busy',
    hint: 'Try again shortly, or give the service more replicas.',
  },
  shutting_down: { status: 503, title: 'The gateway is restarting', hint: 'Try again.' },
  version_unsupported: { status: 505, title: 'HTTP version not supported', hint: 'Speak HTTP/1.1.' },
  answer_timeout: {
    status: 504,
    title: 'The service did not answer in time',
    hint: 'Make it answer sooner, or raise its request timeout.',
  },
} as const satisfies Record<string, { status: number; title: string; hint: string }>;

/** Where the gateway explains its codes, at every host. */
export const problemPages = '/.sconce/problems/';

/** What a code means, for people; null for a code that is none of ours. */
export function explainProblem(code: string): string | null {
  if (!Object.hasOwn(problems, code)) return null;
  const { status, title, hint } = problems[code as ProblemCode];
  return `${title} (${status}, ${code})\n\nThe gateway answered this itself, not the service behind it.\n${hint}\n`;
}

export type ProblemCode = keyof typeof problems;

export interface Problem {
  readonly code: ProblemCode;
  readonly detail: string;
  readonly retryAfterSeconds?: number;
}

export function problemStatus(code: ProblemCode): number {
  return problems[code].status;
}

const reasons: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  414: 'URI Too Long',
  417: 'Expectation Failed',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
  505: 'HTTP Version Not Supported',
};

/** A whole RFC 9457 answer, head and body, as text of one byte per character. */
export function renderProblem(
  problem: Problem,
  options: { requestId: string; close: boolean; headOnly: boolean; hint?: string },
): string {
  const { status, title, hint } = problems[problem.code];
  const body = JSON.stringify({
    type: `${problemPages}${problem.code}`,
    title,
    status,
    detail: problem.detail,
    code: problem.code,
    requestId: options.requestId,
    hint: options.hint ?? hint,
  });
  const bytes = Buffer.from(`${body}\n`, 'utf8');
  const head = [
    `HTTP/1.1 ${status} ${reasons[status] ?? ''}`,
    `date: ${new Date().toUTCString()}`,
    'content-type: application/problem+json',
    `content-length: ${bytes.length}`,
    'cache-control: no-store',
    `x-request-id: ${options.requestId}`,
    ...(status === 405 ? ['allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS'] : []),
    ...(problem.retryAfterSeconds === undefined
      ? []
      : [`retry-after: ${Math.max(1, Math.ceil(problem.retryAfterSeconds))}`]),
    ...(options.close ? ['connection: close'] : []),
  ].join('\r\n');
  return `${head}\r\n\r\n${options.headOnly ? '' : bytes.toString('latin1')}`;
}
