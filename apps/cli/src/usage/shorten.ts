/** Text as a message shows it: whole where it is short, else its beginning and how much follows. */
export function shorten(text: string, most = 60): string {
  return text.length <= most ? text : `${text.slice(0, most)}… (${text.length - most} more characters)`
}
