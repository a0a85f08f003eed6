/**
 * Fails where a package that users install with ours has a licence outside the list in licences.json. A package whose
 * manifest names no licence is listed there with the checksum of the text that was read.
 */
import { licencesInUse, problemsOf, rules } from '../lib/licences.mjs'

const found = licencesInUse()
const wrong = problemsOf(found, rules)
for (const line of wrong) console.error(line)
if (wrong.length > 0) process.exit(1)
console.log(`${found.length} packages, each under an allowed licence`)
