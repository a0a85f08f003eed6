import type { z } from 'zod'

type Issue = { readonly path: readonly PropertyKey[]; readonly message: string }

/**
 * The fault in the alternative that a value resembles most: the one whose first issue lies deepest. If a value may have several forms,
 * Zod says only `Invalid input`. Returns the issue itself if no alternative resembles the value.
 */
export function closestIssue(issue: z.core.$ZodIssue): Issue {
  if (issue.code !== 'invalid_union') return issue
  const firsts = issue.errors.flatMap(([first]) => (first === undefined ? [] : [closestIssue(first)]))
  const depth = Math.max(0, ...firsts.map(({ path }) => path.length))
  const found = firsts.find(({ path }) => path.length === depth)
  return found === undefined || depth === 0 ? issue : { path: [...issue.path, ...found.path], message: found.message }
}
