import { allenCahn } from './dist/index.js'
import { writeFileSync } from 'node:fs'
const p = allenCahn({ test: [128, 20] })
const t = p.points('test')
let s = 'x,t\n'
for (let i = 0; i < t.count; i++) s += `${t.x[2 * i]},${t.x[2 * i + 1]}\n`
writeFileSync('/tmp/ac.csv', s)
writeFileSync('/tmp/ac-y.json', JSON.stringify([...t.y]))
