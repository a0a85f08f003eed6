/** `npm run study -- NAME`: sets up and builds what is out of date, then runs the study behind a published table. */
import { runApplication } from './lib/setup.mjs'

await runApplication('studies', process.argv.slice(2))
