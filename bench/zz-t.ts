import { openBench } from './bench.ts'
import { rmSync, readdirSync, writeFileSync } from 'node:fs'
import { writeArchives } from './world/archive-folder.ts'
import { writeEvidence } from './world/evidence-files.ts'
import { writeFleetFile } from './world/fleet-file.ts'
import { callProgram } from './processes.ts'
import { join } from 'node:path'
const F='/tmp/p/i/fleet'
rmSync(F,{recursive:true,force:true})
const b = openBench({folder:F,quick:false,seed:1,say:console.log})
const w = await b.world()
const place=(n:string)=>join(F,n)
writeArchives(place('archives'), w.files)
writeEvidence(w, place('evidence'), 1, 2000)
writeFleetFile(place('fleet.json'), w)
const t=performance.now()
console.log((await callProgram(['node','bench/workers/fill-fleet.ts',place('archives'), join(place('evidence'), readdirSync(place('evidence'))[0]!), place('fleet.json'), place('data'),'1000','200','2000'])).stdout)
console.log('filled', performance.now()-t)
writeArchives(place('archives2'), new Map([...w.files, ...await w.publish(50,'+deb12u2')]))
await b.close()
