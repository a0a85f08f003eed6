import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { load, train } from 'spikeward'

const sizes = { train: 60, validation: 10, test: 20 }
for await (const event of train.steps({ problem: 'poisson-1d', estimator: 'eligibility', steps: 40, options: sizes })) {
  if (event.type === 'metrics') console.log(event.step, event.loss)
  if (event.type !== 'trained') continue
  const folder = join(await mkdtemp(join(tmpdir(), 'spikeward-')), 'run')
  await event.run.save(folder) // `npx @spikeward/cli evaluate FOLDER` reads it too
  await using run = await load(folder)
  const u = await run.predict({ input: (x) => Math.sin(Math.PI * x), at: { x: [0, 0.25, 0.5, 0.75, 1] } })
  console.log(u.values) // −u″ = sin πx: near sin(πx)/π²
}
