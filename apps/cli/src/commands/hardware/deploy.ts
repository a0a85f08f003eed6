import { basename, join, resolve } from 'node:path'
import type { Command } from 'commander'
import { chips } from '@spikeward/chip'
import { flag, text } from '@spikeward/core'
import { writeWhole } from '@spikeward/core/node'
import { horowitz45, loihi1Energy, modelledEnergy } from '@spikeward/energy'
import { lossesOf, mlpToNir, stepperToNir, withProblem, writeNir } from '@spikeward/nir'
import { barChartSpec } from '@spikeward/plots'
import {
  energyLine,
  exitCodes,
  layerTable,
  ledgerOf,
  nirLossy,
  metavar,
  spacedIndices,
  usageError,
} from '@spikeward/experiment'
import type { FlagsOf } from '@spikeward/experiment'
import {
  checkLength,
  deployFiles,
  eventStepper,
  exists,
  isStepper,
  openFinished,
  quantiseRun,
  replayDeployment,
  stepperLines,
  stepperLosses,
  stepperOnChip,
  stepperTable,
  writeDeployment,
  writeStepper,
  writeFigure,
} from '@spikeward/experiment/node'
import { addFlags } from '../../usage/addFlags.js'
import {
  checkBits,
  checkPerfect,
  chipFlag,
  dtFlag,
  fitFlags,
  imperfectFlags,
  lossyFlag,
  noteIgnored,
} from './chipFlags.js'
import { type OpenFlags, addBackendOptions, addDisplayOptions } from '../options/sharedOptions.js'
import type { Context } from '../../io/processIo.js'

const deployFlags = {
  ...chipFlag('loihi2'),
  ...fitFlags,
  ...imperfectFlags,
  ...dtFlag,
  ...lossyFlag,
  out: metavar('<folder>', text({ computed: '<run>-<chip>', help: 'the folder to write, which must not exist' })),
  check: flag({
    default: false,
    help: 'replay the golden inputs of a deployment, and exit 1 at the first difference',
  }),
}

type Options = FlagsOf<typeof deployFlags> & OpenFlags

/** Writes a report and its figure of errors, and returns the names of the files. */
async function writeReport(
  folder: string,
  report: string,
  errors: Readonly<Record<string, number>>,
): Promise<readonly string[]> {
  await writeWhole(join(folder, deployFiles.report), report)
  const bars = Object.entries(errors).map(([name, value]) => ({ name, value }))
  const figures = await writeFigure(join(folder, 'errors'), barChartSpec({ bars, measure: 'relative L2' }))
  return [deployFiles.report, ...figures.map((f) => basename(f))]
}

const aboutNir = (losses: readonly string[]): string =>
  losses.length === 0
    ? 'The NIR file describes the network in full.'
    : `Other readers of NIR run this network differently: ${losses.join('; ')}.`

const aboutCheck = (out: string, where = ''): string =>
  `\`spikeward deploy ${basename(out)} --check\` replays ${deployFiles.golden} from ${deployFiles.integers}${where}.`

/** Inputs whose spike counts are recorded, spread over all. */
const GOLDEN = 16

export function addDeploy(program: Command, { io, done }: Context): void {
  const command = program
    .command('deploy')
    .description(
      'write a folder for a chip: the integers of a run, its NIR file, a report, and golden inputs, which --check replays',
    )
    .argument('<run>', 'the run folder; with --check: the folder that deploy wrote')
  addFlags(command, deployFlags)
  addBackendOptions(command, null)
  addDisplayOptions(command).action(async (path: string, o: Options) => {
    if (o.check) {
      const folder = resolve(path)
      const { compared, difference } = await replayDeployment(folder)
      const shown =
        difference === null
          ? `${compared} spike counts agree`
          : `${difference.part === 'network' ? '' : `${difference.part}, `}layer ${difference.layer}, count ${difference.index}: recorded ${difference.recorded}, computed ${difference.computed}`
      io.out(o.json ? `${JSON.stringify({ folder, compared, difference })}\n` : `${folder}: ${shown}\n`)
      return done(difference === null ? exitCodes.done : exitCodes.failed)
    }
    const chip = chips[o.chip]
    checkBits(o.bits, chip)
    const out = resolve(o.out ?? `${resolve(path)}-${chip.name}`)
    if (await exists(out)) throw usageError('CLI_USAGE', `${out} already exists; choose another folder with --out`)
    await using run = await openFinished(path, o, io)
    if (isStepper(run)) {
      if (!o.allowLossy) throw nirLossy(stepperLosses)
      noteIgnored(command, io)
      const stepper = await eventStepper(run)
      const onChip = await stepperOnChip(run, chip, stepper, {
        ...(o.bits === undefined ? {} : { bits: o.bits }),
        spread: o.spread,
        fineTune: o.fineTune,
      })
      const { network: integers, field, ...measured } = onChip
      const nir = await writeNir(stepperToNir(stepper.floats, { allowLossy: true }))
      const written = await writeStepper(out, integers, { nir, field, steps: onChip.steps }, run.backend)
      const report = `# ${basename(run.path)} on ${chip.name}, event by event

${stepperLines(onChip)}
![Errors](errors.svg)

${stepperTable(onChip)}
${aboutNir(stepperLosses)}

${aboutCheck(out)}
`
      const errors = {
        dense: onChip.relativeL2Trained,
        'event by event': onChip.relativeL2Events,
        [chip.name]: onChip.relativeL2,
      }
      const files = [...written, ...(await writeReport(out, report, errors))]
      const result = { run: run.path, out, chip: chip.name, ...measured, losses: stepperLosses, files }
      io.out(o.json ? `${JSON.stringify(result)}\n` : `${out}: ${files.join(', ')}\n${stepperLines(onChip)}`)
      return done(exitCodes.done)
    }
    checkPerfect(o)
    const options = {
      ...(o.bits === undefined ? {} : { bits: o.bits }),
      softReset: o.convertReset ? 'convert' : 'refuse',
    } as const
    const { parts, product, relativeL2, relativeL2Trained } = await quantiseRun(run, chip, options)
    const losses = [...new Set(parts.flatMap(({ mlp }) => lossesOf(mlp)))]
    if (losses.length > 0 && !o.allowLossy) throw nirLossy(losses)
    for (const { network, inputs } of parts) checkLength(network, Math.min(GOLDEN, inputs.length))
    const ledger = await ledgerOf(run.parts, run.config, run.variables, run.backend)
    const forward = [horowitz45, loihi1Energy].map((model) => energyLine(modelledEnergy(ledger.forward, model)))
    const aboutProduct =
      product === null
        ? ''
        : `The host multiplies the outputs b of \`branch/\` and t of \`trunk/\`: u = shift + scale (Σ b t + bias), with the numbers in ${deployFiles.product}. It treats amplitude and boundary values as in the run.\n\n`
    const report = `# ${basename(run.path)} on ${chip.name}

Relative L2 on the test data: ${relativeL2.toFixed(4)} on the chip, ${relativeL2Trained.toFixed(4)} as trained.

![Errors](errors.svg)

${layerTable(chip, parts)}
One evaluation of a batch, in the counts of the run before quantisation (${forward.map((line) => line.replace('a step: ', '')).join('; ')}).

${aboutProduct}${aboutNir(losses)}

${aboutCheck(out, product === null ? '' : ' in `branch/` and in `trunk/`')}
`
    const written: string[] = []
    for (const { name, mlp, network, inputs } of parts) {
      const folder = name === 'network' ? '' : name
      const graph = mlpToNir(mlp, { dt: o.dt, allowLossy: true })
      const nir = await writeNir(name === 'network' ? withProblem(graph, run.config.problem) : graph)
      const golden = spacedIndices(inputs.length, GOLDEN).map((i) => inputs[i]!)
      const own = await writeDeployment(join(out, folder), network, { nir, inputs: golden }, run.backend)
      written.push(...own.map((file) => join(folder, file)))
    }
    if (product !== null) {
      await writeWhole(join(out, deployFiles.product), `${JSON.stringify(product)}\n`)
      written.push(deployFiles.product)
    }
    const about = await writeReport(out, report, { 'as trained': relativeL2Trained, [chip.name]: relativeL2 })
    for (const loss of losses) io.err(`note: other readers of NIR run this network differently: ${loss}\n`)
    const files = [...written, ...about]
    const bits = o.bits ?? chip.weightBits
    const result = { run: run.path, out, chip: chip.name, relativeL2, relativeL2Trained, losses, files }
    io.out(
      o.json
        ? `${JSON.stringify(result)}\n`
        : `${out}: ${files.join(', ')}\n${chip.name}, ${bits} bits: relative L2 ${relativeL2.toFixed(4)} on the test data, ${relativeL2Trained.toFixed(4)} as trained\n`,
    )
    done(exitCodes.done)
  })
}
