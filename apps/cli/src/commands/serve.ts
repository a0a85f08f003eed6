import type { Command } from 'commander'
import { integer, text } from '@spikeward/core'
import { pointsOf } from '@spikeward/problems'
import { type FlagsOf, exitCodes, metavar } from '@spikeward/experiment'
import { exportableOf, openFinished, servePredictions } from '@spikeward/experiment/node'
import description from '../../package.json' with { type: 'json' }
import { addFlags } from '../usage/addFlags.js'
import type { Context } from '../io/processIo.js'
import { type OpenFlags, addBackendOptions, addDisplayOptions, lastFlag } from './options/sharedOptions.js'

const serveFlags = {
  port: integer({ min: 0, max: 65_535, default: 8765, help: 'the port; 0 for any that is free' }),
  host: text({
    default: '127.0.0.1',
    help: 'the address to listen at; 0.0.0.0 serves every machine that reaches this one',
  }),
  maxBody: metavar('<MiB>', integer({ min: 1, max: 1024, default: 16, help: 'the largest body or message' })),
  ...lastFlag,
}

type Options = FlagsOf<typeof serveFlags> & OpenFlags

export function addServe(program: Command, { io, done }: Context): void {
  const command = program
    .command('serve')
    .description('serve predictions of a trained run over HTTP and WebSockets')
    .argument('<run>', 'the run folder')
  addFlags(command, serveFlags)
  addBackendOptions(command, null)
  addDisplayOptions(command).action(async (path: string, o: Options) => {
    await using run = await openFinished(path, o, io)
    const { experiment } = run.parts
    using network = await exportableOf(run, run.backend)
    const server = await servePredictions(network, {
      backend: run.backend,
      host: o.host,
      port: o.port,
      largest: o.maxBody * 2 ** 20,
      usual: experiment.places === null ? new Float64Array() : pointsOf(experiment.places.usual).x,
      version: description.version,
      onFault: (error) => io.err(`note: a prediction failed: ${String(error)}\n`),
    })
    const interrupted = new Promise<void>((resolve) => {
      const ignore = io.onInterrupt(() => {
        ignore()
        resolve()
      })
    })
    io.err(`${network.title} at ${server.url}: POST /predict; GET /openapi.json describes it; Ctrl-C ends it\n`)
    await interrupted
    await server.close()
    const { url, answered } = server
    io.out(o.json ? `${JSON.stringify({ run: run.path, url, answered })}\n` : `${answered} queries answered\n`)
    done(exitCodes.done)
  })
}
