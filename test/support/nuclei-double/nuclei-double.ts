import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** The double finds something there. */
export const VULNERABLE = '192.0.2.10'
/** A scan of it goes on until it is stopped. */
export const SLOW = '192.0.2.66'
/** Nothing answers there. */
export const UNREACHABLE = '192.0.2.99'
/** The double fails there when all is done, as on a full disk. */
export const FAILING = '192.0.2.77'

/**
 * A program that writes what nuclei writes: findings to its standard output, statistics and log lines to its standard error. It refuses
 * what nuclei would refuse, and options that must not be given.
 */
const SCRIPT = `#!/bin/sh
case " $* " in
  *' -version '*) echo '[INF] Nuclei Engine Version: v3.4.10' >&2; exit 0 ;;
esac
list= templates= json= calm=
while [ $# -gt 0 ]; do
  case $1 in
    -list) list=$2; shift ;;
    -templates) templates=$2; shift ;;
    -jsonl) json=yes ;;
    -disable-update-check) calm=yes ;;
    -stats|-stats-json|-omit-raw|-no-color|-no-interactsh|-no-stdin|-no-mhe|-disable-redirects) ;;
    -stats-interval|-severity|-tags|-exclude-tags|-rate-limit|-concurrency|-timeout|-retries) shift ;;
    *) echo "[FTL] unknown option $1" >&2; exit 2 ;;
  esac
  shift
done
[ "$json$calm" = yesyes ] && [ -d "$templates" ] && [ "$NUCLEI_TEMPLATES_DIR" = "$templates" ] || { echo '[FTL] no templates' >&2; exit 2; }
statistics() {
  printf '{"duration":"0:00:01","errors":"%s","hosts":"1","matched":"%s","percent":"%s","requests":"%s","rps":"9","startedAt":"2026-09-21T13:33:20Z","templates":"3","total":"40"}\\n' "$@" >&2
}
echo '[INF] Templates loaded for current scan: 3' >&2
statistics 0 0 10 4
matched=0 errors=0
if grep -qx '${SLOW}' "$list"; then sleep 300; fi
if grep -qx '${FAILING}' "$list"; then statistics 0 0 100 40; echo '[FTL] Could not run nuclei: no space' >&2; exit 1; fi
if grep -qx '${UNREACHABLE}' "$list"; then errors=40; fi
if grep -qx '${VULNERABLE}' "$list"; then
  matched=1
  printf '%s\\n' '{"template-id":"CVE-2021-41773","info":{"name":"Apache 2.4.49 path traversal","severity":"high","classification":{"cve-id":["CVE-2021-41773"],"cvss-score":7.5}},"type":"http","host":"${VULNERABLE}","port":"80","scheme":"http","matched-at":"http://${VULNERABLE}/icons/","ip":"${VULNERABLE}","timestamp":"2026-09-21T13:33:21Z","matcher-status":true}'
fi
sleep 0.2
statistics "$errors" "$matched" 100 40
`

/** Puts the program and a folder of templates into this folder. */
export function makeNucleiDouble(folder: string): { readonly program: string; readonly templatesFolder: string } {
  const program = join(folder, 'nuclei')
  const templatesFolder = join(folder, 'templates')
  writeFileSync(program, SCRIPT)
  chmodSync(program, 0o755)
  mkdirSync(templatesFolder)
  writeFileSync(join(templatesFolder, 'one.yaml'), 'id: one\n')
  return { program, templatesFolder }
}
