using System.Net;
using System.Net.Sockets;

namespace Tidemark.Sinks.Tests.Redis;

/// <summary>A loopback port whose connections go to another one, which can be changed: what a name or a load balancer does at a failover.</summary>
internal sealed class Forwarder : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    public Forwarder(int target)
    {
        Target = target;
        _listener.Start();
        _ = AcceptAsync();
    }

    public int Target { get; set; }

    public string Endpoint => _listener.LocalEndpoint.ToString()!;

    public void Dispose() => _listener.Dispose();

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = ForwardAsync(await _listener.AcceptTcpClientAsync());
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // Disposed.
        }
    }

    private async Task ForwardAsync(TcpClient client)
    {
        using (client)
        using (TcpClient server = new())
        {
            try
            {
                await server.ConnectAsync(IPAddress.Loopback, Target);
                await Task.WhenAny(
                    client.GetStream().CopyToAsync(server.GetStream()),
                    server.GetStream().CopyToAsync(client.GetStream()));
            }
            catch (Exception error) when (error is SocketException or IOException)
            {
                // One side has closed: close the other too.
            }
        }
    }
}
