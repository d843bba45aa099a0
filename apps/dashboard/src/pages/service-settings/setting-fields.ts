import {
  cpuForm,
  durationForm,
  gpuForm,
  lineForm,
  listForm,
  memoryForm,
  orNone,
  pairsForm,
  sidecarsForm,
  type TextForm,
  volumesForm,
  wholeForm,
} from '../../words/setting-text.ts';

/** One setting: where it stands in the API's objects, and how it is typed. */
export interface SettingField {
  /** `settings.probe.path`, `build.dockerfile` */
  readonly key: string;
  readonly label: string;
  readonly about?: string;
  /** Shown where it is nothing. */
  readonly nothing?: string;
  readonly form: TextForm;
  readonly look?: 'lines' | 'gpu';
}

export interface SettingGroup {
  readonly title: string;
  readonly fields: readonly SettingField[];
}

const build: readonly SettingField[] = [
  { key: 'build.dockerfile', label: 'Dockerfile', about: 'From the root of the repository.', form: lineForm },
  { key: 'build.context', label: 'Build context', form: lineForm },
  {
    key: 'build.watch',
    label: 'Watched paths',
    about: 'One in a line; ! takes away. A push that touches none of them builds nothing.',
    form: listForm,
    look: 'lines',
  },
  {
    key: 'build.args',
    label: 'Build arguments',
    about: 'NAME=value, one in a line. They are no place for secrets.',
    form: pairsForm,
    look: 'lines',
  },
  {
    key: 'build.secrets',
    label: 'Secrets while building',
    about: 'Names, one in a line; each is at /run/secrets/NAME while it builds.',
    form: listForm,
    look: 'lines',
  },
];

const runs: readonly SettingField[] = [
  {
    key: 'settings.port',
    label: 'Port',
    about: 'That the process listens on.',
    nothing: 'what the image exposes',
    form: wholeForm(1, 65_535),
  },
  {
    key: 'settings.command',
    label: 'Command',
    about: 'One argument in a line.',
    nothing: 'the image’s own',
    form: orNone(listForm),
    look: 'lines',
  },
  {
    key: 'settings.probe.path',
    label: 'Probe path',
    about: 'Answered 200 to 399 means well.',
    nothing: 'an accepted connection means well',
    form: orNone(lineForm),
  },
  {
    key: 'settings.probe.startupTimeoutMs',
    label: 'Time to become ready',
    about: 'For models that load for minutes.',
    form: durationForm,
  },
  { key: 'settings.probe.periodMs', label: 'Pause between probes', form: durationForm },
  { key: 'settings.probe.timeoutMs', label: 'Time of one probe', form: durationForm },
  { key: 'settings.probe.failureThreshold', label: 'Failed probes until unready', form: wholeForm(1, 100) },
  {
    key: 'settings.drainTimeoutMs',
    label: 'Longest request',
    about: 'So long a replica that goes may finish what it has begun.',
    form: durationForm,
  },
  {
    key: 'settings.watchMs',
    label: 'Watched after going live',
    about: 'A release that fails inside of it is taken back.',
    form: durationForm,
  },
  {
    key: 'settings.volumes',
    label: 'Volumes',
    about: 'Name, path and size, one in a line: cache /models 20 GiB',
    form: volumesForm,
    look: 'lines',
  },
  {
    key: 'settings.sidecars',
    label: 'Sidecars',
    about:
      'Processes beside it, which it reaches on localhost. Name and image, one in a line: cache redis:7; with more as JSON.',
    form: sidecarsForm,
    look: 'lines',
  },
];

const resources: readonly SettingField[] = [
  { key: 'settings.resources.gpu', label: 'GPU of each replica', form: gpuForm, look: 'gpu' },
  { key: 'settings.resources.cpuMilli', label: 'CPUs of each replica', nothing: 'no limit', form: orNone(cpuForm) },
  {
    key: 'settings.resources.memoryMiB',
    label: 'Memory of each replica',
    nothing: 'no limit',
    form: orNone(memoryForm),
  },
];

const scaling: readonly SettingField[] = [
  { key: 'settings.scaling.min', label: 'Replicas', about: 'So many run.', form: wholeForm(0, 100) },
  {
    key: 'settings.scaling.max',
    label: 'Replicas at most',
    about: 'Kept for scaling by load. Until that is here, the number above runs.',
    form: wholeForm(1, 100),
  },
  {
    key: 'settings.scaling.concurrency',
    label: 'Requests at once per replica',
    nothing: 'no limit',
    form: orNone(wholeForm(1, 100_000)),
  },
  {
    key: 'settings.scaling.idleMs',
    label: 'Idle before it sleeps',
    about: 'Kept for scaling by load, as well.',
    form: durationForm,
  },
];

export const settingGroups: readonly SettingGroup[] = [
  { title: 'Build', fields: build },
  { title: 'Resources', fields: resources },
  { title: 'Replicas', fields: scaling },
  { title: 'Running', fields: runs },
];

export const settingFields: readonly SettingField[] = settingGroups.flatMap(({ fields }) => fields);
