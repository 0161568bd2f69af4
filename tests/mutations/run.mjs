import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, '../..');
const wanted = new Set(process.argv.slice(2));
const mutations = JSON.parse(readFileSync(join(here, 'mutations.json'), 'utf8')).filter(m => wanted.size === 0 || wanted.has(m.story));
const copy = mkdtempSync(join(tmpdir(), 'nhi-mutations-'));
// Rules of the log (L…) have their stories beside the log, those of the sweeps (S…) beside the sweeps, all others in the simulation.
const projectOf = story => story.startsWith('L') ? 'tests/Nhi.Evidence.Tests' : story.startsWith('S') ? 'tests/Nhi.Governance.Tests' : 'tests/Nhi.Simulation.Tests';
const projects = [...new Set(mutations.map(m => projectOf(m.story)))];
const parts = ['Directory.Build.props', 'Directory.Build.targets', 'Directory.Packages.props', 'global.json', '.editorconfig', 'README.md', 'src/Nhi.Evidence', 'src/Nhi.Governance', ...projects];
const run = (command, args, seconds) => spawnSync(command, args, { cwd: copy, encoding: 'utf8', timeout: seconds * 1000, killSignal: 'SIGKILL', maxBuffer: 1 << 28 });
const build = (project, ...more) => run('dotnet', ['build', project, '-c', 'Release', ...more, '-p:TreatWarningsAsErrors=false', '-p:RunAnalyzers=false', '-p:EnforceCodeStyleInBuild=false', '-p:GenerateDocumentationFile=false', '-nologo', '-v:q'], 600);
const test = story => run(join(copy, projectOf(story), 'bin/Release/net10.0', basename(projectOf(story))), ['--filter-method', `*.${story}_*`, '--filter-method', `*_${story}_*`, '--no-progress'], 120);

let bad = 0;
const say = (verdict, mutation, more = '') => {
  if (verdict !== 'killed') bad++;
  console.log(`${verdict.padEnd(8)} ${mutation.story.padEnd(4)} ${mutation.rule}${more}`);
};

try {
  for (const part of parts)
    cpSync(join(root, part), join(copy, part), { recursive: true, filter: from => !/(^|\/)(bin|obj)(\/|$)/.test(relative(join(root, part), from)) });
  for (const first of projects.map(project => build(project))) {
    if (first.status !== 0)
      throw new Error(`The source as it is does not build:\n${first.stdout}`);
  }

  for (const story of new Set(mutations.map(m => m.story))) {
    const clean = test(story);
    if (clean.status !== 0)
      throw new Error(`The tests of ${story} fail without any mutation (or there are none):\n${clean.stdout.slice(-2000)}`);
  }

  for (const mutation of mutations) {
    const originals = new Map();
    let stale = null;
    for (const edit of mutation.edits) {
      const path = join(copy, edit.file);
      const text = readFileSync(path, 'utf8');
      if (!originals.has(path)) originals.set(path, text);
      if (text.split(edit.text).length !== 2) stale = edit;
      else writeFileSync(path, text.replace(edit.text, () => edit.replacement));
    }

    if (stale) {
      say('STALE', mutation, `: the text is not once in ${stale.file}: ${stale.text}`);
    } else {
      const built = build(projectOf(mutation.story), '--no-restore');
      if (built.status !== 0) say('BROKEN', mutation, `: it does not build:\n${built.stdout.split('\n').filter(line => line.includes('error')).slice(0, 3).join('\n')}`);
      else {
        const tested = test(mutation.story);
        say(tested.status === 0 ? 'SURVIVED' : 'killed', mutation, tested.status === null ? ': its tests did not end in two minutes' : '');
      }
    }

    for (const [path, text] of originals) writeFileSync(path, text);
  }

  console.log(bad === 0 ? `All ${mutations.length} rules are held by their stories.` : `${bad} of ${mutations.length} are not.`);
} finally {
  rmSync(copy, { recursive: true, force: true });
}

process.exitCode = bad === 0 ? 0 : 1;
