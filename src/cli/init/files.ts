import { newJob } from '../jobs/newJob.ts';

export interface ProjectOptions {
  /** The project's name: the folder's, as npm allows names. */
  readonly name: string;
  /** From the project to the clone of Nightshift, with forward slashes. */
  readonly nightshift: string;
  /** The Node that the scripts run with, as in Nightshift's own package.json. */
  readonly nodeVersion: string;
  readonly hostJson: string;
}

/** The files of a project of one's own, by their path in it. */
export function projectFiles(options: ProjectOptions): Readonly<Record<string, string>> {
  return {
    'package.json': packageJson(options),
    'host.json': options.hostJson,
    'local.settings.json': LOCAL_SETTINGS,
    '.gitignore': 'node_modules/\ndist/\n.nightshift/\nlocal.settings.json\n',
    '.funcignore': '.git*\n.nightshift/\n.github/\njobs/\nlocal.settings*.json\nnode_modules/\ndist/cli*\n',
    '.github/workflows/validate.yml': workflow(options),
    'jobs/hello.sql': newJob('hello'),
    'README.md': readme(options),
  };
}

function packageJson({ name, nightshift, nodeVersion }: ProjectOptions): string {
  const content = {
    name,
    version: '0.1.0',
    private: true,
    type: 'module',
    main: 'dist/functions.js',
    scripts: {
      validate: 'nightshift validate',
      build: `node "${nightshift}/build.ts" --project .`,
    },
    devDependencies: { 'nightshift-command': `file:${nightshift}/bin`, node: nodeVersion },
    // npm runs the install script of this package only: it fetches nothing else.
    allowScripts: { node: true },
  };
  return `${JSON.stringify(content, null, 2)}\n`;
}

/** For Azurite and a PostgreSQL on this machine, as containers have them. */
const LOCAL_SETTINGS = `{
  "IsEncrypted": false,
  "Values": {
    "FUNCTIONS_WORKER_RUNTIME": "node",
    "AzureWebJobsStorage": "UseDevelopmentStorage=true",
    "JobsStorage": "UseDevelopmentStorage=true",
    "DATABASE_URL": "postgresql://app:change-me@localhost:5432/app?sslmode=disable",
    "SETUP_DATABASE_URL": "postgresql://postgres:change-me@localhost:5432/app?sslmode=disable"
  }
}
`;

const workflow = ({
  nightshift,
}: ProjectOptions) => `# Tells problems of job files where they are, in each pull request.
name: validate
on: [pull_request]
jobs:
  validate:
    runs-on: ubuntu-latest
    defaults:
      run:
        working-directory: project
    steps:
      - uses: actions/checkout@v5
        with: { path: project }
      # Where package.json looks for it: ${nightshift}. Set the variable to owner/name of your copy of Nightshift.
      - uses: actions/checkout@v5
        with: { repository: "\${{ vars.NIGHTSHIFT_REPOSITORY }}", path: nightshift }
      - uses: actions/setup-node@v5
        with: { node-version: 24 }
      - run: npm ci --prefix ../nightshift
      - run: npm install
      - run: npx nightshift validate --format github
`;

const readme = ({ name, nightshift }: ProjectOptions) => `# ${name}

SQL jobs that [Nightshift](${nightshift}/README.md) runs on Azure Functions, as a managed identity.

    npm install                      # once
    npx nightshift validate          # checks jobs/
    npm run build                    # makes dist/, which is what is deployed
    npx nightshift setup             # creates what the app needs, as local.settings.json says
    npx nightshift doctor            # says what is missing on the way to the first row

local.settings.json is for this machine: Azurite, and a PostgreSQL with a password. In Azure the same are the app's
settings, without any password:

    DATABASE_URL=postgresql://<identity>@<server>.postgres.database.azure.com/<database>
    JobsStorage__queueServiceUri=https://<account>.queue.core.windows.net

A job is a file in jobs/: \`npx nightshift new close-day\` writes one to begin with.
`;
