{{/* Names follow the release; the account and its cluster roles are named by the runtime itself. */}}
{{- define "sconce.name" -}}{{ .Release.Name | trunc 40 | trimSuffix "-" }}{{- end }}

{{- define "sconce.installation" -}}{{ .Values.installation | default (.Release.Namespace | trunc 40) }}{{- end }}

{{- define "sconce.labels" -}}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{ include "sconce.selector" . }}
{{- end }}

{{- define "sconce.selector" -}}
app.kubernetes.io/name: sconce
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "sconce.image" -}}
{{- $repository := required "image.repository is missing: where the image of Sconce is. node tools/image/make-image.mjs REPOSITORY:TAG makes and pushes it." .Values.image.repository -}}
{{ $repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{- define "sconce.databaseSecret" -}}{{ .Values.database.existingSecret | default (printf "%s-database" (include "sconce.name" .)) }}{{- end }}
{{- define "sconce.redisSecret" -}}{{ .Values.redis.existingSecret | default (printf "%s-redis" (include "sconce.name" .)) }}{{- end }}
{{- define "sconce.keysSecret" -}}{{ .Values.keys.existingSecret | default (printf "%s-keys" (include "sconce.name" .)) }}{{- end }}

{{- define "sconce.podSecurity" -}}
runAsNonRoot: true
runAsUser: 1000
runAsGroup: 1000
fsGroup: 1000
fsGroupChangePolicy: OnRootMismatch
seccompProfile: { type: RuntimeDefault }
{{- end }}

{{- define "sconce.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end }}

{{/* Where a pod may be; with a volume of one node, api and worker are kept on that node. */}}
{{- define "sconce.placement" -}}
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
{{- range . }}
  - name: {{ . }}
{{- end }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "sconce.besideGit" -}}
{{- if eq .Values.git.accessMode "ReadWriteOnce" }}
affinity:
  podAffinity:
    requiredDuringSchedulingIgnoredDuringExecution:
      - topologyKey: kubernetes.io/hostname
        labelSelector:
          matchLabels:
            sconce.dev/git: {{ include "sconce.name" . }}
{{- end }}
{{- end }}

{{- define "sconce.gitVolume" -}}
- name: git
{{- if eq .Values.git.accessMode "disabled" }}
  emptyDir: {}
{{- else }}
  persistentVolumeClaim:
    claimName: {{ .Values.git.existingClaim | default (printf "%s-git" (include "sconce.name" .)) }}
{{- end }}
{{- end }}

{{- define "sconce.commonEnv" -}}
- { name: SCONCE_HOME, value: /var/lib/sconce }
- { name: SCONCE_INSTALLATION, value: {{ include "sconce.installation" . | quote }} }
- { name: SCONCE_LOG_LEVEL, value: {{ .Values.logLevel | quote }} }
{{- end }}

{{- define "sconce.databaseEnv" -}}
- name: DATABASE_URL
  valueFrom: { secretKeyRef: { name: {{ include "sconce.databaseSecret" . }}, key: DATABASE_URL } }
{{- end }}

{{- define "sconce.keysEnv" -}}
- name: SCONCE_KEYS
  valueFrom: { secretKeyRef: { name: {{ include "sconce.keysSecret" . }}, key: SCONCE_KEYS } }
{{- end }}

{{- define "sconce.linkEnv" -}}
- name: SCONCE_LINK_TOKEN
  valueFrom: { secretKeyRef: { name: {{ include "sconce.name" . }}-link, key: SCONCE_LINK_TOKEN } }
{{- end }}

{{- define "sconce.buildNamespace" -}}{{ .Values.builder.namespace | default (printf "%s-builds" (.Release.Namespace | trunc 50 | trimSuffix "-")) }}{{- end }}

{{/* Who builds, and the registry between builds and nodes: for worker and scheduler. */}}
{{- define "sconce.imageEnv" -}}
- { name: SCONCE_BUILDER, value: {{ .Values.builder.kind }} }
{{- if eq .Values.builder.kind "docker" }}
- { name: DOCKER_HOST, value: {{ required "builder.dockerHost is missing: which container engine builds (tcp://host:2375). Or leave builder.kind at kubernetes." .Values.builder.dockerHost | quote }} }
{{- end }}
- { name: SCONCE_KUBECONFIG, value: in-cluster }
- { name: SCONCE_REGISTRY, value: {{ required "registry.address is missing: where built images are pushed and nodes pull them (registry.example:5000)." .Values.registry.address | quote }} }
{{- with .Values.builder.registry }}
- { name: SCONCE_BUILD_REGISTRY, value: {{ . | quote }} }
{{- end }}
{{- with .Values.registry.existingSecret }}
{{- range list "SCONCE_REGISTRY_USERNAME" "SCONCE_REGISTRY_PASSWORD" }}
- name: {{ . }}
  valueFrom: { secretKeyRef: { name: {{ $.Values.registry.existingSecret }}, key: {{ . }} } }
{{- end }}
{{- end }}
{{- end }}

{{- define "sconce.buildEnv" -}}
- { name: SCONCE_BUILD_NAMESPACE, value: {{ include "sconce.buildNamespace" . }} }
{{- range $name, $value := dict "SCONCE_BUILD_IMAGE" .Values.builder.image "SCONCE_BUILD_MEMORY_MIB" .Values.builder.memoryMiB "SCONCE_BUILD_DISK_GIB" .Values.builder.diskGiB }}
{{- if $value }}
- { name: {{ $name }}, value: {{ $value | toString | quote }} }
{{- end }}
{{- end }}
{{- with .Values.builder.nodeSelector }}
{{- $pairs := list }}
{{- range $key, $value := . }}{{ $pairs = append $pairs (printf "%s=%s" $key $value) }}{{ end }}
- { name: SCONCE_BUILD_NODE_SELECTOR, value: {{ join "," $pairs | quote }} }
{{- end }}
{{- with .Values.builder.tolerations }}
- { name: SCONCE_BUILD_TOLERATIONS, value: {{ join "," . | quote }} }
{{- end }}
{{- with .Values.builder.egressCidrs }}
- { name: SCONCE_BUILD_EGRESS_CIDRS, value: {{ join "," . | quote }} }
{{- end }}
{{- if .Values.builder.buildkitConfig }}
- { name: SCONCE_BUILDKIT_CONFIG_FILE, value: /etc/sconce/buildkit/buildkitd.toml }
{{- end }}
{{- end }}
