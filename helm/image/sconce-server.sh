#!/bin/sh
# Starts one process of Sconce: the image has them all.
case "$1" in
  api | worker | scheduler | gateway) exec node "/opt/sconce/apps/$1/dist/main.js" ;;
  migrate) exec node /opt/sconce/apps/api/dist/migrate-database.js ;;
  # A link that lets the first administrator in, once, within the hour, as a line of JSON; with a mail address one for that person.
  first-admin) exec node /opt/sconce/apps/api/dist/bootstrap-admin.js --link ${2:+"$2"} ;;
  # New keys, for SCONCE_KEYS, in one line.
  new-keys)
    exec node --input-type=module -e '
      const { createKeysFile } = await import("@sconce/secrets-local");
      const { readFileSync } = await import("node:fs");
      const path = `/tmp/new-keys-${process.pid}.json`;
      await createKeysFile(path);
      console.log(readFileSync(path).toString("base64"));'
    ;;
  *)
    echo 'Say what to start: api, worker, scheduler, gateway, migrate, first-admin or new-keys.' >&2
    exit 2
    ;;
esac
