import { describe, expect, it } from 'vitest';
import { type EngineImage, toImageFacts } from './image-facts.ts';

const image: EngineImage = {
  Id: 'sha256:11',
  Size: 1007,
  Architecture: 'amd64',
  Config: { ExposedPorts: { '8080/tcp': {}, '53/udp': {}, '80': {} } },
  RootFS: { Layers: ['sha256:a', 'sha256:b', 'sha256:c'] },
};

describe('toImageFacts', () => {
  it('gives TCP ports ascending, and nothing where nothing is exposed', () => {
    expect(toImageFacts(image, []).exposedPorts).toEqual([80, 8080]);
    expect(toImageFacts({ ...image, Config: null }, []).exposedPorts).toEqual([]);
  });

  it('gives each layer the step that made it, oldest first, whatever leaves no layer', () => {
    const history = [
      { CreatedBy: 'CMD ["serve"]', Size: 0 },
      { CreatedBy: 'COPY app /app # buildkit', Size: 7 },
      { CreatedBy: 'ENV A=1', Size: 0 },
      { CreatedBy: 'RUN /bin/sh -c true # buildkit', Size: 0 },
      { CreatedBy: '', Size: 1000, Comment: 'Imported from -' },
    ];
    expect(toImageFacts(image, history).layers).toEqual([
      { digest: 'sha256:a', sizeBytes: 1000, createdBy: 'Imported from -' },
      { digest: 'sha256:b', sizeBytes: 0, createdBy: 'RUN /bin/sh -c true # buildkit' },
      { digest: 'sha256:c', sizeBytes: 7, createdBy: 'COPY app /app # buildkit' },
    ]);
  });
});
