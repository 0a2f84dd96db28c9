using System.Collections.Concurrent;
using Azure;
using Azure.Storage.Files.DataLake;
using Azure.Storage.Files.DataLake.Models;
using Moq;

namespace Tidemark.Sinks.Tests.Lake;

/// <summary>What the storage service does with the requests that the lake makes, as its documentation says.</summary>
internal sealed class FakeService
{
    private static readonly DateTimeOffset Modified = new(2026, 11, 22, 6, 0, 0, TimeSpan.Zero);

    private int _tags;

    public ConcurrentDictionary<string, (byte[] Content, ETag Tag)> Files { get; } = new();

    /// <summary>Requests that change something, in order; random names as a star.</summary>
    public List<string> Requests { get; } = [];

    public Action BeforeAnything { get; set; } = () => { };

    public Action<string> BeforeRename { get; set; } = _ => { };

    public Action<string> AfterRename { get; set; } = _ => { };

    public DataLakeFileSystemClient Client()
    {
        Mock<DataLakeFileSystemClient> client = new();
        client.Setup(it => it.GetFileClient(It.IsAny<string>())).Returns((string path) => File(path));
        client.Setup(it => it.GetPathsAsync(It.IsAny<string>(), It.IsAny<bool>(), false, It.IsAny<CancellationToken>()))
            .Returns((string path, bool recursive, bool _, CancellationToken _) => new Listing(this, path, recursive));
        return client.Object;
    }

    private DataLakeFileClient File(string path)
    {
        Mock<DataLakeFileClient> file = new();
        file.Setup(it => it.ReadContentAsync(It.IsAny<CancellationToken>())).Returns(async () => await Run(() => Of(Read(path))));
        file.Setup(it => it.UploadAsync(
            It.IsAny<Stream>(), It.Is<DataLakeFileUploadOptions>(options => options.Close == true), It.IsAny<CancellationToken>()))
            .Returns(async (Stream content, DataLakeFileUploadOptions _, CancellationToken _) => await Run(() =>
            {
                Note($"upload {path[..path.LastIndexOf('.')]}.*");
                ETag tag = Put(path, BinaryData.FromStream(content).ToArray());
                return Of(DataLakeModelFactory.PathInfo(tag, Modified));
            }));
        file.Setup(it => it.RenameAsync(It.IsAny<string>(), null, null, It.IsAny<DataLakeRequestConditions>(), It.IsAny<CancellationToken>()))
            .Returns(async (string target, string _, DataLakeRequestConditions _,
                DataLakeRequestConditions condition, CancellationToken _) => await Run(() =>
            {
                BeforeRename(target);
                Note($"rename {target} {(condition.IfMatch is { } match ? $"if-match {match}" : $"if-none-match {condition.IfNoneMatch}")}");
                Check(target, condition);
                Files.TryRemove(path, out (byte[] Content, ETag Tag) moved);
                Put(target, moved.Content);
                AfterRename(target);
                return Of(file.Object);
            }));
        file.Setup(it => it.DeleteIfExistsAsync(It.IsAny<DataLakeRequestConditions>(), It.IsAny<CancellationToken>()))
            .Returns(async (DataLakeRequestConditions condition, CancellationToken stop) => await Run(() =>
            {
                Note($"delete {(path.Contains("/_", StringComparison.Ordinal) ? path[..path.LastIndexOf('.')] + ".*" : path)}");
                if (condition is not null && Files.ContainsKey(path))
                {
                    Check(path, condition);
                }

                return Of(Files.TryRemove(path, out (byte[] Content, ETag Tag) _));
            }));
        return file.Object;
    }

    private DataLakeFileReadResult Read(string path)
    {
        if (!Files.TryGetValue(path, out (byte[] Content, ETag Tag) file))
        {
            throw new RequestFailedException(404, "no such path", "PathNotFound", null);
        }

        FileDownloadDetails details = DataLakeModelFactory.FileDownloadDetails(
            Modified, null, null, file.Tag, null, null, null, null, default, null, null,
            null, null, default, default, default, default, null, true, null, null);
        return DataLakeModelFactory.DataLakeFileReadResult(BinaryData.FromBytes(file.Content), details);
    }

    private void Check(string path, DataLakeRequestConditions condition)
    {
        bool isThere = Files.TryGetValue(path, out (byte[] Content, ETag Tag) file);
        if (condition.IfNoneMatch == ETag.All && isThere)
        {
            throw new RequestFailedException(409, "there is one", "PathAlreadyExists", null);
        }

        if (condition.IfMatch is { } tag && !(isThere && file.Tag == tag))
        {
            throw new RequestFailedException(412, "it is another one", "ConditionNotMet", null);
        }
    }

    private ETag Put(string path, byte[] content)
    {
        ETag tag = new($"0x{Interlocked.Increment(ref _tags):X}");
        Files[path] = (content, tag);
        return tag;
    }

    private void Note(string request)
    {
        lock (Requests)
        {
            Requests.Add(request);
        }
    }

    private Task<T> Run<T>(Func<T> request)
    {
        BeforeAnything();
        return Task.FromResult(request());
    }

    private static Response<T> Of<T>(T value) => Response.FromValue(value, Mock.Of<Response>());

    private sealed class Listing(FakeService service, string path, bool recursive) : AsyncPageable<PathItem>
    {
        public override async IAsyncEnumerable<Page<PathItem>> AsPages(string? continuationToken = null, int? pageSizeHint = null)
        {
            await Task.CompletedTask;
            service.BeforeAnything();
            string prefix = path.Length == 0 ? "" : path + "/";
            List<string> files = [.. service.Files.Keys.Where(file => file.StartsWith(prefix, StringComparison.Ordinal))];
            if (files.Count == 0)
            {
                throw new RequestFailedException(404, "no such path", "PathNotFound", null);
            }

            // Folders are items too, and come in pages.
            SortedSet<(string Name, bool IsFolder)> items = [];
            foreach (string file in files)
            {
                for (int slash = file.IndexOf('/', prefix.Length); slash >= 0; slash = recursive ? file.IndexOf('/', slash + 1) : -1)
                {
                    items.Add((file[..slash], true));
                }

                if (recursive || !file[prefix.Length..].Contains('/', StringComparison.Ordinal))
                {
                    items.Add((file, false));
                }
            }

            foreach ((string Name, bool IsFolder)[] page in items.Chunk(2))
            {
                yield return Page<PathItem>.FromValues(
                    [.. page.Select(item => DataLakeModelFactory.PathItem(item.Name, item.IsFolder ? true : null,
                        Modified, default, item.IsFolder ? null : 1, null, null, null))], null, Mock.Of<Response>());
            }
        }
    }
}
