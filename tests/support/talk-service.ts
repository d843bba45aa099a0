import { tinyBase } from './tiny-service.ts';

/**
 * Speaks WebSocket in a shell: greets, repeats what it is told (bytes as bytes), closes at `bye`, floods at `flood`. Slow, for short messages. Any other request
 * is answered with a line, a WebSocket at `/closed` refused.
 */
const talk = String.raw`#!/bin/busybox sh
alias cut='busybox cut' od='busybox od' dd='busybox dd' tr='busybox tr'
cr=$(printf '\r')
read -r request
key=
while read -r line; do
  line=${'$'}{line%"$cr"}
  [ -z "$line" ] && break
  case "$line" in [Ss]ec-[Ww]eb[Ss]ocket-[Kk]ey:*) key=${'$'}{line#*: };; esac
done
case "$request" in *" /closed "*) printf 'HTTP/1.1 403 Forbidden\r\ncontent-length: 12\r\nconnection: close\r\n\r\n<b>not</b> 4'; exit;; esac
[ -z "$key" ] && { printf 'HTTP/1.1 200 OK\r\ncontent-length: 8\r\nconnection: close\r\n\r\na talker'; exit; }
accept=$(printf '%s258EAFA5-E914-47DA-95CA-C5AB0DC85B11' "$key" | busybox sha1sum | cut -c1-40 | busybox xxd -r -p | busybox base64)
printf 'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-accept: %s\r\n\r\n' "$accept"
printf '\201\005hello'
byte() { dd bs=1 count=1 2>/dev/null | od -An -tu1 | tr -d ' '; }
closed=
octal() { printf '\\%03o' "$1"; }
while :; do
  first=$(byte)
  [ -z "$first" ] && exit
  length=$(( $(byte) & 127 ))
  m0=$(byte) m1=$(byte) m2=$(byte) m3=$(byte)
  said= at=0
  while [ $at -lt $length ]; do
    case $((at % 4)) in 0) mask=$m0;; 1) mask=$m1;; 2) mask=$m2;; 3) mask=$m3;; esac
    said="$said$(octal $(( $(byte) ^ mask )))"
    at=$((at + 1))
  done
  case $((first & 15)) in
    8) [ -z "$closed" ] && printf "\210$(octal $length)$said"; exit;;
    2) printf "\202$(octal $length)$said";;
    *) case "$(printf "$said")" in
      bye) closed=1; printf '\210\015\017\241as you wish';;
      flood) at=0; while [ $at -lt 700 ]; do printf '\201\003%03d' $at; at=$((at + 1)); done;;
      *) printf "\201$(octal $((length + 10)))you said: $said";;
    esac;;
  esac
done
`;

export const talkRepository = (): Readonly<Record<string, string>> => ({
  Dockerfile: [
    `FROM ${tinyBase}`,
    'COPY talk.sh /talk.sh',
    'RUN ["/bin/busybox", "chmod", "755", "/talk.sh"]',
    'EXPOSE 8000',
    'CMD ["/bin/busybox", "nc", "-ll", "-p", "8000", "-e", "/talk.sh"]',
    '',
  ].join('\n'),
  'talk.sh': talk,
});
