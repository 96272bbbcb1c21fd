// Connects from a local address and port that the program chooses.
// Usage: java LocalEndPoint.java LOCAL_ADDRESS FIRST_PORT LAST_PORT REMOTE_ADDRESS REMOTE_PORT
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.Socket;

public class LocalEndPoint {
    /** Tries the ports in their order, and skips those that are in use or still in TIME_WAIT towards the remote end. */
    static Socket connect(InetAddress local, int first, int last, InetSocketAddress remote) throws IOException {
        for (int port = first; port <= last; port++) {
            Socket socket = new Socket();
            try {
                socket.bind(new InetSocketAddress(local, port));
                socket.connect(remote, 5000);
                return socket;
            } catch (BindException | NoRouteToHostException taken) {
                // connect() reports a port in TIME_WAIT as NoRouteToHostException: Cannot assign requested address.
                socket.close();
            } catch (IOException error) {
                socket.close();
                throw error;
            }
        }
        throw new BindException("no port of " + first + "-" + last + " is free");
    }

    public static void main(String[] args) throws IOException {
        InetSocketAddress remote = new InetSocketAddress(args[3], Integer.parseInt(args[4]));
        InetAddress local = InetAddress.getByName(args[0]);
        try (Socket socket = connect(local, Integer.parseInt(args[1]), Integer.parseInt(args[2]), remote)) {
            System.out.println("local " + socket.getLocalAddress().getHostAddress() + ":" + socket.getLocalPort());
        }
    }
}
