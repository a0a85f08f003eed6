/** `npm run -s soak -- --minutes 60 --out soak.json`: sets up and builds what is out of date, then is the endurance test. */
import { runApplication } from '../../../scripts/lib/setup.mjs'

await runApplication('soak', process.argv.slice(2))
