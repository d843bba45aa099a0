// A credential helper for git (gitcredentials(7)): gives the token of up.json to this installation's own git server, and to nobody else.
// usage, by git: node git-credential.mjs /path/to/up.json get
import { readFileSync } from 'node:fs';

const [upFile, action] = process.argv.slice(2);
if (action === 'get') {
  const asked = Object.fromEntries(
    readFileSync(0, 'utf8')
      .split('\n')
      .filter((line) => line.includes('='))
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
  const { gitUrl, token } = JSON.parse(readFileSync(upFile, 'utf8'));
  const ours = new URL(gitUrl);
  if (`${asked.protocol}:` === ours.protocol && asked.host === ours.host)
    process.stdout.write(`username=sconce\npassword=${token}\n`);
}
