/** `npm run -s bench -- …`: sets up and builds what is out of date, then is the benchmark command. */
import { runApplication } from './lib/setup.mjs'

await runApplication('bench', process.argv.slice(2))
