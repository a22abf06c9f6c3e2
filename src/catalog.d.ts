/** Made by build.ts from the files under jobs/: a cold start parses no YAML and loads no WASM. */
declare module 'nightshift:catalog' {
  const catalog: import('./lib/jobs/job.ts').Catalog;
  export default catalog;
}
