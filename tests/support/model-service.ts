import { tinyBase } from './tiny-service.ts';

/** A pixel, in amber. */
export const pixel = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8v57hPwAHAgL/4tnSCwAAAABJRU5ErkJggg==',
  'base64',
);

const salt = `${process.pid} ${Date.now()} `;

const openApi = {
  openapi: '3.1.0',
  info: { title: 'A model' },
  paths: {
    '/': { get: { summary: 'About' } },
    '/cgi-bin/predict': {
      post: {
        summary: 'Predict',
        requestBody: {
          content: {
            'multipart/form-data': { schema: { properties: { image: { type: 'string', format: 'binary' } } } },
          },
        },
      },
    },
    '/cgi-bin/form': {
      post: {
        summary: 'Says what it was sent',
        requestBody: { content: { 'multipart/form-data': { schema: { $ref: '#/components/schemas/Form' } } } },
      },
    },
    '/cgi-bin/draw': { get: { summary: 'Draws <b>a</b> picture' } },
    '/cgi-bin/say': { get: { summary: 'Says something' } },
    '/page.html': { get: { summary: 'A page' } },
  },
  components: {
    schemas: {
      Form: {
        required: ['image', 'prompt'],
        properties: {
          image: { type: 'string', format: 'binary', description: 'What to <b>change</b>' },
          prompt: { type: 'string' },
          steps: { type: 'integer', default: 20 },
          seed: { anyOf: [{ type: 'integer' }, { type: 'null' }] },
          safe: { type: 'boolean' },
          mode: { enum: ['fast', 'good'] },
        },
      },
    },
  },
};

const answers = (type: string, body: string) => `#!/bin/sh\nprintf 'Content-Type: ${type}\\r\\n\\r\\n'\n${body}\n`;
/** Enough of a WAV to be one: eight samples of silence. */
const silence =
  "printf 'RIFF\\064\\000\\000\\000WAVEfmt \\020\\000\\000\\000\\001\\000\\001\\000\\100\\037\\000\\000\\200\\076\\000\\000\\002\\000\\020\\000data\\020\\000\\000\\000\\000\\000\\000\\000\\000\\000\\000\\000\\000\\000\\000\\000\\000\\000\\000\\000'";

/**
 * Files of a repository whose service looks like a model: it takes a form with a file, and tells how much it got; draws, speaks, and has a page
 * that would do harm if anybody ran it. `size` is of a file in its image, in KiB.
 */
export function modelRepository({ body = 'a model', sizeKib = 8 } = {}): Readonly<Record<string, string>> {
  return {
    Dockerfile: [
      `FROM ${tinyBase}`,
      'COPY weights.bin /weights.bin',
      'RUN echo "loading weights"; sleep 1; printf "\\033[31mred words\\033[0m\\n"',
      'COPY www /www',
      'RUN ["/bin/busybox", "chmod", "-R", "755", "/www"]',
      'EXPOSE 8000',
      'CMD ["/bin/httpd", "-f", "-p", "8000", "-h", "/www"]',
      '',
    ].join('\n'),
    // Another one in each run: what an engine built before would be taken from its cache, and take no time.
    'weights.bin': salt.padEnd(sizeKib * 1_024, 'w'),
    'www/index.html': body,
    'www/openapi.json': JSON.stringify(openApi),
    'www/page.html':
      '<!doctype html><script>document.title = "stolen"; parent.document.body.textContent = "stolen"</script>',
    'www/cgi-bin/predict': answers(
      'application/json',
      [
        'field=',
        'while read -r line; do case "$line" in *filename=*) field=${line#*name=\\"}; field=${field%%\\"*}; break;; esac; done',
        '/bin/busybox cat > /dev/null',
        `printf '{"top":[{"class":"tabby","probability":0.93}],"bytes":%s,"type":"%s","field":"%s"}' "$CONTENT_LENGTH" "\${CONTENT_TYPE%%;*}" "$field"`,
      ].join('\n'),
    ),
    'www/cgi-bin/form': answers('text/plain', 'echo "$CONTENT_TYPE"; /bin/busybox cat'),
    'www/cgi-bin/draw': answers(
      'image/png',
      `printf '${[...pixel].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('')}'`,
    ),
    'www/cgi-bin/say': answers('audio/wav', silence),
    'www/cgi-bin/slow': answers('text/plain', 'echo one; sleep 20; echo two'),
  };
}
