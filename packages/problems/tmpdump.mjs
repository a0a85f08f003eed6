import { darcy2d } from './dist/index.js'
import { writeFileSync } from 'node:fs'
const p = darcy2d({ train: 4000, validation: 100, test: 200 })
for (const s of ['train', 'validation', 'test']) {
  const d = await p.data(s)
  console.log(s, Object.keys(d), d.f?.length, d.u?.length)
  for (const k of Object.keys(d))
    if (d[k] instanceof Float32Array || d[k] instanceof Float64Array)
      writeFileSync(`/tmp/darcy-${s}-${k}.bin`, new Float64Array(d[k]))
}
console.log(process.cpuUsage().user / 1e6)
