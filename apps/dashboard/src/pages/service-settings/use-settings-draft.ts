import { ApiProblem, type Service } from '@sconce/contract';
import { useState } from 'react';
import { cache } from '../../api/cache.ts';
import { changeService, type ServiceChange, whatPeopleSet } from '../../api/change-service.ts';
import { useDraft } from '../../api/use-draft.ts';
import { useFoundDone, useWrite } from '../../api/use-write.ts';
import { changeSettings } from '../../words/actions/service-actions.ts';
import { type SettingField, settingFields } from './setting-fields.ts';
import { factsOf, toBody } from './setting-layers.ts';

interface Draft {
  /** As typed, by key; null: not set here any more. */
  readonly texts: Readonly<Record<string, string | null>>;
  /** What people had set when this was begun. */
  readonly seen: string;
}

export interface SettingChange {
  readonly key: string;
  readonly label: string;
  readonly from: string;
  readonly to: string;
  readonly value: unknown;
  readonly mistake: string | null;
}

const nothing: Draft = { texts: {}, seen: '' };

/** The repository is chosen on the same page, and is no setting: it has no layers. */
export const repositoryKey = 'repository';

/** Changes of settings that wait to be saved together. Somebody else's are never overwritten: they are told first. */
export function useSettingsDraft(service: Service) {
  const [draft, setDraft] = useDraft(`settings ${service.id}`, nothing);
  const changes = changesOf(service, draft.texts);
  const body = toBody(changes.map(({ key, value }) => [key, value])) as ServiceChange;
  const now = whatPeopleSet(service);
  const seen = draft === nothing ? now : draft.seen;
  const put = (texts: Draft['texts'], against = seen) =>
    setDraft(Object.keys(texts).length === 0 ? nothing : { texts, seen: against });
  const runs = service.live !== null || service.desired !== null;
  const [wanted, setDeploy] = useState(true);
  const deploy = runs && wanted;
  const save = useWrite({
    as: changeSettings({
      service: service.path,
      values: changes.flatMap(({ key, value }) => (key === repositoryKey ? [] : [[key, value] as const])),
      repository: body.repository,
      body,
      deploy,
    }),
    mutationFn: () => changeService(service, seen, body, deploy ? { deploy } : {}),
    onSuccess: (saved) => {
      cache.setQueryData(['service', service.path], saved);
      setDraft(nothing);
    },
    onError: () => void cache.invalidateQueries({ queryKey: ['service'] }),
  });
  useFoundDone(save.error, draft !== nothing && changes.length === 0, () => setDraft(nothing));
  const refused = save.error instanceof ApiProblem && save.error.code === 'precondition_failed';
  const { texts } = draft;
  return {
    texts,
    changes,
    body,
    save,
    /** Whether a release is made at once; null: nothing runs that could be deployed anew. */
    deploy: runs ? deploy : null,
    setDeploy,
    isOvertaken: !save.isPending && (refused || seen !== now),
    type: (key: string, text: string | null) => put({ ...texts, [key]: text }),
    undo: (key: string) => put(Object.fromEntries(Object.entries(texts).filter(([other]) => other !== key))),
    goOn: () => {
      save.reset();
      put(texts, now);
    },
    discard: () => {
      save.reset();
      setDraft(nothing);
    },
  };
}

export type SettingsDraft = ReturnType<typeof useSettingsDraft>;

function changesOf(service: Service, texts: Draft['texts']): readonly SettingChange[] {
  const settings = settingFields.flatMap((field) => {
    const text = texts[field.key];
    return text === undefined ? [] : changeOf(service, field, text);
  });
  const repository = texts[repositoryKey];
  const now = service.repository?.slug ?? '';
  if (repository === undefined || repository === now) return settings;
  const to = repository || null;
  const from = now || 'none';
  return [{ key: repositoryKey, label: 'Repository', from, to: to ?? 'none', value: to, mistake: null }, ...settings];
}

function changeOf(service: Service, field: SettingField, text: string | null): readonly SettingChange[] {
  const { key, label, form, nothing: none = 'nothing' } = field;
  const { text: now, layer, below } = factsOf(service, field);
  const from = now || none;
  if (text === null) return layer === 'here' ? [{ key, label, from, to: below, value: null, mistake: null }] : [];
  // The same as applies: nothing to say, but where it was typed to hold it against what is below.
  if (text === now) return [];
  const parsed = form.parse(text);
  if ('mistake' in parsed) return [{ key, label, from, to: text, value: undefined, mistake: parsed.mistake }];
  return [{ key, label, from, to: text || none, value: parsed.value, mistake: null }];
}
