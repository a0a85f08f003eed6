import type { Command } from 'commander'
import { text } from '@spikeward/core'
import { energyModels, modelledEnergy } from '@spikeward/energy'
import { type FlagsOf, energyLine, energyRange, exitCodes, ledgerOf, ledgerTable } from '@spikeward/experiment'
import { loadEnergyModel, openFinished } from '@spikeward/experiment/node'
import { addFlags } from '../../usage/addFlags.js'
import { type OpenFlags, addBackendOptions, addDisplayOptions } from '../options/sharedOptions.js'
import type { Context } from '../../io/processIo.js'

const energyFlags = {
  model: text({
    default: 'horowitz45',
    help: `prices: ${Object.keys(energyModels).join(', ')}, or a JSON file of your own`,
  }),
}

type Options = FlagsOf<typeof energyFlags> & OpenFlags

export function addEnergy(program: Command, { io, done }: Context): void {
  const command = program
    .command('energy')
    .description('count the operations and memory traffic of a training step of a run, and model its energy')
    .argument('<run>', 'the run folder')
  addFlags(command, energyFlags)
  addBackendOptions(command, null)
  addDisplayOptions(command).action(async (path: string, o: Options) => {
    const model = await loadEnergyModel(o.model)
    await using run = await openFinished(path, o, io)
    const ledger = await ledgerOf(run.parts, run.config, run.variables, run.backend)
    const perStep = modelledEnergy(ledger.total, model)
    const { step: steps } = run.snapshot
    const training = { model: model.name, low: steps * perStep.low, high: steps * perStep.high }
    const { summary, source } = model
    const result = { run: run.path, steps, ledger, model: { name: model.name, summary, source }, perStep, training }
    if (o.json) io.out(`${JSON.stringify(result)}\n`)
    else {
      const rate = ledger.firingRate === null ? '' : `firing rate ${(100 * ledger.firingRate).toFixed(1)} %; `
      const whole = steps === 0 ? 'the run has not been trained yet' : `${steps} steps: ${energyRange(training)}`
      io.out(
        `${ledgerTable(ledger)}${rate}${ledger.bytesMoved} bytes moved a step without a cache; ` +
          `${Object.values(ledger.footprint).reduce((sum, bytes) => sum + bytes, 0)} bytes held\n` +
          `${energyLine(perStep)}\n${whole}\n${model.name}: ${summary}. ${source}\n`,
      )
    }
    done(exitCodes.done)
  })
}
