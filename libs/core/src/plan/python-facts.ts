export interface PythonFacts {
  /** The package that is of no use without a GPU. */
  readonly gpuBecause: string | null;
  readonly memoryMiB: number | null;
  /** Words for why so much. */
  readonly memoryBecause: string;
  /** A route that says whether it is well. */
  readonly healthPath: string | null;
}

/** Of no use without a GPU. `torch` alone is none of them: it runs on CPUs. */
const needsGpu =
  /(?<![\w-])(vllm|flash[-_]attn|bitsandbytes|tensorrt(?:[-_]llm)?|cupy[-_]cuda\w+|xformers|deepspeed|auto[-_]gptq|nvidia-cu\w+|onnxruntime-gpu|torch==[\w.]+\+cu\d+|whl\/cu\d+|pytorch-cuda)\b/i;

/** What a process that loads it uses before the first request, from the largest down; a model comes on top of that. */
const appetites: readonly (readonly [RegExp, number, string])[] = [
  [/(?<![\w-])(?:vllm|tensorrt[-_]llm|deepspeed)\b/i, 16_384, 'what large language models take'],
  [/(?<![\w-])(?:diffusers)\b/i, 8_192, 'what diffusion models take'],
  [/(?<![\w-])(?:transformers|sentence[-_]transformers|accelerate)\b/i, 4_096, 'what transformers with a model take'],
  [
    /(?<![\w-])(?:python3-)?(?:torchvision|torchaudio|torch|tensorflow|jax)\b/i,
    2_048,
    'what PyTorch with a model takes',
  ],
  [/(?<![\w-])(?:python3-)?(?:onnxruntime|scikit-learn|xgboost|lightgbm)\b/i, 1_024, 'what its libraries take'],
];

const health = /["'](\/(?:healthz|health|readyz|ready|livez|ping|v2\/health\/ready|api\/health))["']/;

/** Reads requirements (and whatever installs packages) and the files that name routes. */
export function pythonFacts(requirements: readonly string[], sources: readonly string[]): PythonFacts {
  const wanted = requirements.map(withoutComments).join('\n');
  const appetite = appetites.find(([pattern]) => pattern.test(wanted));
  return {
    gpuBecause: needsGpu.exec(wanted)?.[1] ?? null,
    memoryMiB: appetite?.[1] ?? null,
    memoryBecause: appetite?.[2] ?? '',
    healthPath: health.exec(sources.map((source) => source.slice(0, 200_000)).join('\n'))?.[1] ?? null,
  };
}

const withoutComments = (text: string): string => text.slice(0, 200_000).replace(/(?:^|[ \t])#.*$/gm, '');
