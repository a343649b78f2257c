# One image for the worker, the receiver, the set-up, the command line and the simulator: the command says which.
FROM node:24.21.0-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json tsconfig.cjs.json ./
COPY scripts scripts
COPY src src
COPY simulator simulator
# With the bundle of the workflows, which spares each worker the bundling at its start.
RUN npm run build

FROM node:24.21.0-bookworm-slim
LABEL org.opencontainers.image.title="sparkrtc-recorder" \
      org.opencontainers.image.description="Durable single-stream recording for Huawei Cloud SparkRTC" \
      org.opencontainers.image.licenses="Apache-2.0"
# The slim image has no certificate authorities, without which Temporal's native client trusts no TLS server.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /app
# Half of the container's memory for the heap: the other half is for the SDK's native part and the threads that run workflows.
ENV NODE_ENV=production \
    NODE_OPTIONS=--max-old-space-size-percentage=50
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --no-audit --no-fund \
    && npm cache clean --force
COPY --from=build /app/dist dist
# The image's user `node`, by number, because Kubernetes' runAsNonRoot understands no names.
USER 1000
CMD ["node", "dist/worker.js"]
