/** `npm run -s spikeward -- …`: sets up and builds what is out of date, then is the `spikeward` command. */
import { runApplication } from './lib/setup.mjs'

await runApplication('cli', process.argv.slice(2))
