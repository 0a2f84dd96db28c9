using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Tidemark.Cli.Dashboard;

/// <summary>Where a dashboard is served.</summary>
/// <param name="Host">A name or an address of this machine.</param>
/// <param name="Port">The port; 0: any free one.</param>
internal sealed record DashboardAddress(string Host, int Port)
{
    /// <summary>The form of the argument.</summary>
    public const string Form = "[HOST:]PORT|off";

    /// <summary>Only this machine reaches it.</summary>
    public const string Loopback = "127.0.0.1";

    private const string ThisMachine = "localhost";

    /// <summary>Whether a free port is taken when this one is in use.</summary>
    public bool FallsBack { get; init; }

    /// <summary>Reads <c>[HOST:]PORT</c> or <c>off</c>.</summary>
    /// <param name="text">The argument.</param>
    /// <param name="address">The address; null: no dashboard.</param>
    /// <returns>Whether it could be read.</returns>
    public static bool TryParse(string text, out DashboardAddress? address)
    {
        ArgumentNullException.ThrowIfNull(text);
        address = null;
        if (text == "off")
        {
            return true;
        }

        int colon = text.LastIndexOf(':');
        string host = colon < 0 ? Loopback : text[..colon];
        if (host is ['[', .., ']'])
        {
            host = host[1..^1];
        }

        bool isValid = int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int port)
            && port <= IPEndPoint.MaxPort && Uri.CheckHostName(host) != UriHostNameType.Unknown;
        address = isValid ? new DashboardAddress(host, port) : null;
        return isValid;
    }

    /// <summary>Whether only this machine reaches it.</summary>
    public bool IsLoopback => Host == ThisMachine || (IPAddress.TryParse(Host, out IPAddress? address) && IPAddress.IsLoopback(address));

    /// <summary>The address to listen on.</summary>
    /// <exception cref="SocketException">The name is not known.</exception>
    public IPAddress Resolve() =>
        Host == ThisMachine ? IPAddress.Loopback
        : IPAddress.TryParse(Host, out IPAddress? address) ? address
        : Dns.GetHostAddresses(Host).FirstOrDefault() ?? throw new SocketException((int)SocketError.HostNotFound);

    /// <summary>
    /// Whether a request for a host is meant for this server. A page elsewhere can make a browser ask this address under a name of its own (DNS
    /// rebinding), and would then read the answer; it cannot do so under an address, or under a name that is not its own.
    /// </summary>
    /// <param name="host">The host of the request, without the port.</param>
    public bool Accepts(string host)
    {
        ArgumentNullException.ThrowIfNull(host);
        string name = host is ['[', .., ']'] ? host[1..^1] : host;
        if (string.Equals(name, ThisMachine, StringComparison.OrdinalIgnoreCase) || string.Equals(name, Host, StringComparison.OrdinalIgnoreCase))
        {
            return true;
        }

        return IPAddress.TryParse(name, out IPAddress? address)
            ? !IsLoopback || IPAddress.IsLoopback(address)
            : !IsLoopback && string.Equals(name, Dns.GetHostName(), StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>The address for a browser on this machine.</summary>
    /// <param name="port">The port that was taken.</param>
    public Uri Url(int port)
    {
        bool isEvery = IPAddress.TryParse(Host, out IPAddress? address) && (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any));
        return new UriBuilder("http", isEvery ? Loopback : Host, port).Uri;
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{(Host.Contains(':') ? $"[{Host}]" : Host)}:{Port}");
}
