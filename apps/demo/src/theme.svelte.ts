/** Light or dark: the system's setting until the user chooses. */
export type Theme = 'light' | 'dark'

const preferred = matchMedia('(prefers-color-scheme: dark)')
let now = $state<Theme>(preferred.matches ? 'dark' : 'light')
let chosen = false

/** The colours change first, so that a drawing that follows `now` reads the new ones. */
function put(next: Theme): void {
  document.documentElement.dataset['theme'] = next
  now = next
}

put(now)
preferred.addEventListener('change', ({ matches }) => {
  if (!chosen) put(matches ? 'dark' : 'light')
})

/** The current theme. */
export const theme = {
  get now(): Theme {
    return now
  },
  toggle(): void {
    chosen = true
    put(now === 'dark' ? 'light' : 'dark')
  },
}

/** Whether the user prefers reduced motion. */
export const calm = (): boolean => matchMedia('(prefers-reduced-motion: reduce)').matches

/** The value of a colour token, for canvases. */
export const token = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim()
