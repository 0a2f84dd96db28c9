# The tidemark command, compiled ahead, in an image without a shell, for nobody in particular. `make image` builds it; docs/INSTALL.md.
FROM mcr.microsoft.com/dotnet/sdk:10.0.401-noble AS build
ARG TARGETARCH=amd64
ARG VERSION=0.1.0
# On a feed that lacks packages: docs/decisions/0004-stand-ins.md.
ARG FULL_FEED=true
WORKDIR /source
COPY . .
RUN case "$TARGETARCH" in amd64) rid=linux-x64 ;; arm64) rid=linux-arm64 ;; *) echo "no build for $TARGETARCH" >&2; exit 1 ;; esac \
    && dotnet publish src/Cli -c Release -r "$rid" -p:FullFeed="$FULL_FEED" -p:Version="$VERSION" -o /app --nologo --verbosity quiet \
    && cp LICENSE /app/ && mkdir /data

# Of the chiselled images the one that has time zones.
FROM mcr.microsoft.com/dotnet/runtime-deps:10.0.12-noble-chiseled-extra
COPY --from=build /app /app
# The user `app` of the image.
COPY --from=build --chown=1654:1654 /data /data
USER 1654
WORKDIR /data
ENTRYPOINT ["/app/tidemark"]
