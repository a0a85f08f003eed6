import { createInterface } from 'node:readline'
import type { Command } from 'commander'
import { openBackend } from '../backends.js'
import { SERVED_FORM } from '../compare/builds.js'
import type { Io } from '../io.js'
import { least, timesOf } from '../step/alternate.js'
import { makeWorkload } from '../step/workload.js'
import { type StepOptions, withStepOptions } from '../benchmarks/speed/stepOptions.js'

/**
 * `serve`: this build as a peer of another one. It follows the protocol of peers: a line when ready, then for each line
 * `n step` the times of n steps. `compare --against` uses it.
 */
export function addServe(program: Command, io: Io): void {
  withStepOptions(program.command('serve', { hidden: true }).description('time steps on request, for compare')).action(
    async ({ backend: name, threads, ...settings }: StepOptions) => {
      await using backend = await openBackend(name, threads)
      const workload = await makeWorkload(settings, backend, false)
      const loss = await workload.step()
      const form = { name: SERVED_FORM, ms: least(await timesOf(workload.step, 3)), loss, along: 0, byHand: false }
      const say = (answer: object): void => io.out(`${JSON.stringify(answer)}\n`)
      say({ ready: true, version: 'build', threads: backend.capabilities.threads, forms: [form] })
      for await (const line of createInterface({ input: process.stdin })) {
        say({ times: await timesOf(workload.step, Number(line.split(' ')[0])) })
      }
      workload.dispose()
    },
  )
}
