// Connects from a local address and port that the program chooses.
// Usage: LocalEndPoint.exe LOCAL_ADDRESS FIRST_PORT LAST_PORT REMOTE_ADDRESS REMOTE_PORT [http]
using System;
using System.Net;
using System.Net.Sockets;

public static class LocalEndPoint
{
    /// <summary>Tries the ports in their order, and skips those that are in use or still in TIME_WAIT.</summary>
    public static Socket Connect(IPAddress local, int first, int last, IPEndPoint remote)
    {
        for (int port = first; port <= last; port++)
        {
            var socket = new Socket(local.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Bind(new IPEndPoint(local, port));
                socket.Connect(remote);
                return socket;
            }
            catch (SocketException error) when (error.SocketErrorCode == SocketError.AddressAlreadyInUse
                || error.SocketErrorCode == SocketError.AddressNotAvailable)
            {
                socket.Close();
            }
        }
        throw new SocketException((int)SocketError.AddressNotAvailable);
    }

    /// <summary>
    /// The same for HttpWebRequest and web service proxies of .NET Framework, which call it again with a higher
    /// retryCount where the port is in use.
    /// </summary>
    public static void Choose(HttpWebRequest request, IPAddress local, int first, int last)
    {
        request.ServicePoint.BindIPEndPointDelegate = (servicePoint, remote, retryCount) =>
            first + retryCount > last ? null : new IPEndPoint(local, first + retryCount);
    }

    public static void Main(string[] args)
    {
        var local = IPAddress.Parse(args[0]);
        int first = int.Parse(args[1]), last = int.Parse(args[2]);
        if (args.Length > 5)
        {
            var request = (HttpWebRequest)WebRequest.Create("http://" + args[3] + ":" + args[4] + "/");
            Choose(request, local, first, last);
            request.GetResponse().Close();
            return;
        }
        using (var socket = Connect(local, first, last, new IPEndPoint(IPAddress.Parse(args[3]), int.Parse(args[4]))))
            Console.WriteLine("local " + socket.LocalEndPoint);
    }
}
