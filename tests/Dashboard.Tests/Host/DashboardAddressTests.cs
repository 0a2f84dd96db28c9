using System.Net;
using Tidemark.Cli.Dashboard;

namespace Tidemark.Dashboard.Tests.Host;

public sealed class DashboardAddressTests
{
    [Theory]
    [InlineData("8080", "127.0.0.1", 8080)]
    [InlineData("0", "127.0.0.1", 0)]
    [InlineData("0.0.0.0:80", "0.0.0.0", 80)]
    [InlineData("[::1]:8080", "::1", 8080)]
    [InlineData("board.example:65535", "board.example", 65535)]
    public void TryParse_Address_HasHostAndPort(string text, string host, int port)
    {
        Assert.True(DashboardAddress.TryParse(text, out DashboardAddress? address));

        Assert.Equal(new DashboardAddress(host, port), address);
    }

    [Fact]
    public void TryParse_Off_IsNone()
    {
        Assert.True(DashboardAddress.TryParse("off", out DashboardAddress? address));
        Assert.Null(address);
    }

    [Theory]
    [InlineData("")]
    [InlineData("on")]
    [InlineData("65536")]
    [InlineData("-1")]
    [InlineData(":8080")]
    [InlineData("host:")]
    [InlineData("a b:80")]
    [InlineData("http://localhost:80")]
    public void TryParse_SomethingElse_IsRefused(string text) => Assert.False(DashboardAddress.TryParse(text, out _));

    /// <summary>A page elsewhere may lead a browser here under a name of its own; it must not be answered.</summary>
    [Theory]
    [InlineData("127.0.0.1", "127.0.0.1", true)]
    [InlineData("127.0.0.1", "localhost", true)]
    [InlineData("127.0.0.1", "LocalHost", true)]
    [InlineData("127.0.0.1", "[::1]", true)]
    [InlineData("127.0.0.1", "192.168.1.7", false)]
    [InlineData("127.0.0.1", "evil.example", false)]
    [InlineData("127.0.0.1", "127.0.0.1.evil.example", false)]
    [InlineData("127.0.0.1", "", false)]
    [InlineData("0.0.0.0", "192.168.1.7", true)]
    [InlineData("0.0.0.0", "evil.example", false)]
    [InlineData("board.example", "board.example", true)]
    [InlineData("board.example", "10.0.0.3", true)]
    [InlineData("board.example", "evil.example", false)]
    public void Accepts_HostOfARequest_OnlyItsOwn(string served, string asked, bool expected) =>
        Assert.Equal(expected, new DashboardAddress(served, 80).Accepts(asked));

    [Fact]
    public void Accepts_NameOfTheMachine_WhereOthersReachIt() => Assert.True(new DashboardAddress("0.0.0.0", 80).Accepts(Dns.GetHostName()));

    [Theory]
    [InlineData("0.0.0.0", "http://127.0.0.1:8080/")]
    [InlineData("::1", "http://[::1]:8080/")]
    [InlineData("localhost", "http://localhost:8080/")]
    public void Url_OfAnAddress_OpensOnThisMachine(string host, string url) => Assert.Equal(url, new DashboardAddress(host, 0).Url(8080).ToString());
}
