import { native } from '../../../packages/backend-native/src/index.js'
import { createRequire } from 'node:module'
import { makeWorkload } from './workload.js'
import { standard } from './settings.js'
import { printPlan } from '../../../packages/core/src/plan/printPlan.js'
import { writeFileSync } from 'node:fs'
const addon = createRequire(import.meta.url)(process.env['SPIKEWARD_NATIVE']!) as any
const ids: any[] = []
let core: any
const old = addon.NativeBackend
addon.NativeBackend = class extends old { compile(b: Float64Array) { core = this; const r = super.compile(b); ids.push(r.id); return r } }
const opt = JSON.parse(process.argv[2] ?? '{}')
const { threads = 1, isa = 'auto', n = 30, ...rest } = opt
const backend = await native({ threads, isa })
const plans: any[] = []
const rec = { ...backend, compile: (p: any) => { plans.push(p); return backend.compile(p) } }
const w = await makeWorkload({ ...standard, ...rest } as any, rec as any, false)
for (let i = 0; i < 5; i++) await w.step()
const times: number[] = []
for (let i = 0; i < n; i++) { const t = performance.now(); await w.step(); times.push(performance.now() - t) }
times.sort((a, b) => a - b)
console.log('median', times[n >> 1]!.toFixed(3), 'min', times[0]!.toFixed(3), 'ms; flops', w.cost.flops / 1e9)
if (process.argv[3]) {
  for (const id of ids) { try { core.profile(id, true) } catch {} }
  for (let i = 0; i < n; i++) await w.step()
  let best = ''
  for (const id of ids) { try { const s = core.profile(id, false); if (s.includes(' us\n') ) best = s } catch {} }
  console.log(best)
  writeFileSync('/tmp/nat/plan.txt', printPlan(plans.at(-1)))
}
