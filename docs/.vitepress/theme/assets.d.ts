declare module '*.css' {}
declare module '*.png' {
  /** The address of the picture. */
  const url: string
  export default url
}
