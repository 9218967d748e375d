# Builds dist/ with the locked dependencies, and puts it with the production ones on a slim base without compiler or sources.
#
#   docker build --build-arg VERSION=0.1.0 --build-arg REVISION="$(git rev-parse HEAD)" -t notification-manager .
#
# The base is pinned to a release. Builds that must be the same byte for byte pin its digest as well:
#   --build-arg NODE_IMAGE=node:24.21.0-bookworm-slim@sha256:...
ARG NODE_IMAGE=node:24.21.0-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
RUN npm run build
RUN npm prune --omit=dev
# Of what is left. With --omit=dev instead, npm would leave out what production and development packages share.
RUN npm pkg delete devDependencies && npm run --silent sbom > sbom.cdx.json
# Becomes /data in the image: the outbox, for those who mount no volume.
RUN mkdir data

FROM ${NODE_IMAGE}
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Notification Manager" \
      org.opencontainers.image.description="Declarative, GitOps-driven, multi-tenant notifications for Alertmanager on Kubernetes" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app/package.json /app/sbom.cdx.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY LICENSE CHANGELOG.md ./
COPY crds ./crds
COPY schemas ./schemas
COPY rules ./rules
COPY templates ./templates
COPY kustomize/overlays/demo ./kustomize/overlays/demo
# Numbers, so that Kubernetes can tell that it is not root. Nothing but /data is ever written to.
COPY --from=build --chown=65532:65532 /app/data /data
USER 65532:65532
VOLUME ["/data"]
EXPOSE 19093
STOPSIGNAL SIGTERM
# Kubernetes ignores it, and uses the probes of the pod.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:19093/-/live', { signal: AbortSignal.timeout(4000) }).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "/app/dist/main.js"]
CMD ["serve", "--data", "/data"]
