import { CommanderError } from 'commander'

/** Ends the parsing of a command line that asks for help; the help may have to read modules first. */
export class HelpRequest extends CommanderError {
  /**
   * @param show writes the help
   */
  constructor(readonly show: () => Promise<void>) {
    super(0, 'commander.helpDisplayed', '(outputHelp)')
  }
}
