/** Flags that several commands for hardware share. */
import { type Chip, chips } from '@spikeward/chip'
import { choice, flag, integer, number } from '@spikeward/core'
import { type FlagsOf, type Io, dashed, metavar, usageError } from '@spikeward/experiment'
import type { Command } from 'commander'

const names = Object.keys(chips) as (keyof typeof chips)[]

export const chipFlag = (byDefault: keyof typeof chips) => ({
  chip: choice(names, { default: byDefault, help: `the chip: ${names.join(' or ')}` }),
})

export const fitFlags = {
  bits: integer({ min: 1, max: 32, computed: "the chip's", help: 'bits of a weight, including its sign' }),
  convertReset: flag({ default: false, help: 'on a chip without soft reset, reset membranes to 0 instead' }),
}

/** An imperfect chip for a time-stepper. */
export const imperfectFlags = {
  spread: number({ min: 0, max: 1, default: 0, help: 'of a time-stepper, relative spread of weights and thresholds' }),
  fineTune: integer({
    ...{ min: 0, max: 1e6, default: 0 },
    help: 'of a time-stepper, perturbations that tune gains, offsets and thresholds on the chip, forward only',
  }),
}

/** Refuses an imperfect chip for other networks. */
export function checkPerfect({ spread, fineTune }: FlagsOf<typeof imperfectFlags>): void {
  if (spread > 0 || fineTune > 0)
    throw usageError(
      'CLI_USAGE',
      `--${spread > 0 ? 'spread' : 'fine-tune'} is for a time-stepper here; for this run use: spikeward chip train <run> --spread ${spread}`,
    )
}

/** Checks that a weight of a chip can have this number of bits. */
export function checkBits(bits: number | undefined, { name, weightBits }: Chip): void {
  if (bits !== undefined && (bits < 2 || bits > weightBits))
    throw usageError(
      'CLI_BAD_VALUE',
      `--bits ${bits}: a weight of ${name} has 2 to ${weightBits} bits; give one of these`,
    )
}

const dtRange = { min: 0, above: true } as const

export const dtFlag = {
  dt: metavar(
    '<seconds>',
    number({ ...dtRange, default: 1e-3, help: 'length of a time step, which the NIR file requires' }),
  ),
}

export const readDtFlag = (computed: string) => ({
  dt: metavar('<seconds>', number({ ...dtRange, computed, help: 'length of a time step' })),
})

export const lossyFlag = {
  allowLossy: flag({
    default: false,
    help: 'write the NIR file even if other readers run it differently, and list the differences; else it is refused',
  }),
}

/** Notes flags of the command line that concern spikes in time, which a time-stepper has not. */
export function noteIgnored(command: Command, io: Io): void {
  for (const name of ['convertReset', 'dt'])
    if (command.getOptionValueSource(name) === 'cli')
      io.err(`note: a time-stepper has no --${dashed(name)}; --${dashed(name)} is ignored\n`)
}

export const forceFlag = { force: flag({ default: false, help: 'replace an existing file' }) }
