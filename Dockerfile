# One image for the worker, the receiver, the command line and the simulator: the command says which.
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY scripts scripts
COPY src src
COPY simulator simulator
RUN npm run build

FROM node:24-bookworm-slim
# The slim image has no certificate authorities, without which Temporal's native client trusts no TLS server.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /app
ENV NODE_ENV=production
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --no-audit --no-fund \
    && npm cache clean --force
COPY --from=build /app/dist dist
# The image's user `node`, by number, because Kubernetes' runAsNonRoot understands no names.
USER 1000
CMD ["node", "dist/worker.js"]
