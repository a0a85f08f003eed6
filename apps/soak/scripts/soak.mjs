/**
 * `npm run -s soak -- --minutes 60 --json`: builds the packages that are out of date, then runs the endurance
 * test.
 */
import { runApplication } from '../../../scripts/lib/setup.mjs'

await runApplication('soak', process.argv.slice(2))
