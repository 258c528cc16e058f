// Parts of catalogues: tools/languages.ts.
declare module "*.json?first" {
  const words: object;
  export default words;
}
