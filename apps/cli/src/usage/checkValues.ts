import { type Command, CommanderError } from 'commander'
import { usageError } from '@spikeward/experiment/names'

function calledOf(program: Command, args: readonly string[]): Command {
  const [name, ...rest] = args
  const match = program.commands.find((command) => command.name() === name)
  return match === undefined ? program : calledOf(match, rest)
}

/**
 * Refuses a flag whose value is missing, so that the next flag would be read as its value: `--relaxed-simd --steps 50`.
 */
export function checkValues(program: Command, args: readonly string[]): void {
  const { options } = calledOf(program, args)
  const flagOf = (text: string | undefined) => options.find(({ long }) => long === text?.split('=', 1)[0])
  let at = 0
  while (at < args.length && args[at] !== '--') {
    const flag = args[at]?.includes('=') ? undefined : flagOf(args[at])
    const next = flag?.required ? flagOf(args[at + 1]) : undefined
    if (flag !== undefined && next !== undefined) {
      throw usageError(
        'CLI_USAGE',
        `${flag.flags} has no value: the flag ${next.long} follows it; write its value, or leave it out`,
      )
    }
    at += flag?.required ? 2 : 1
  }
}

/** Ends the parsing of a command line that asks for help; the help may have to read modules first. */
export class HelpRequest extends CommanderError {
  constructor(readonly show: () => Promise<void>) {
    super(0, 'commander.helpDisplayed', '(outputHelp)')
  }
}
