//! A WHOIS server (RFC 3912): one line in, a text out, connection closed.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::oneshot,
};

type Answer = dyn Fn(&str) -> Vec<u8> + Send + Sync;

/// A running WHOIS server. Stops when dropped. The query `hang` is never answered, `endless` without end.
pub struct Whois {
    address: SocketAddr,
    queries: Arc<AtomicU64>,
    _stop: oneshot::Sender<()>,
}

impl std::fmt::Debug for Whois {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Whois({})", self.address)
    }
}

impl Whois {
    /// Starts on a free loopback port.
    pub fn start(answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> Self {
        Self::start_on(0, answer).expect("a loopback port is free")
    }

    /// Starts on a port; 0: any free one.
    pub fn start_on(
        port: u16,
        answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static,
    ) -> std::io::Result<Self> {
        let listener = std::net::TcpListener::bind(("127.0.0.1", port))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let (stop, stopped) = oneshot::channel::<()>();
        let queries = Arc::new(AtomicU64::new(0));
        let (counter, answer): (_, Arc<Answer>) = (queries.clone(), Arc::new(answer));
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()?;
        std::thread::spawn(move || {
            runtime.block_on(async move {
                let Ok(listener) = TcpListener::from_std(listener) else {
                    return;
                };
                let accept = async {
                    while let Ok((stream, _)) = listener.accept().await {
                        counter.fetch_add(1, Ordering::Relaxed);
                        let answer = answer.clone();
                        // A client that hangs up is its own business.
                        tokio::spawn(async move { serve(stream, &*answer).await.ok() });
                    }
                };
                tokio::select! {
                    () = accept => {}
                    _ = stopped => {}
                }
            });
            runtime.shutdown_background();
        });
        Ok(Self {
            address,
            queries,
            _stop: stop,
        })
    }

    /// `whois://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("whois://{}", self.address)
    }
    /// Queries so far.
    pub fn queries(&self) -> u64 {
        self.queries.load(Ordering::Relaxed)
    }
}

async fn serve(mut stream: TcpStream, answer: &Answer) -> std::io::Result<()> {
    let mut line = String::new();
    let (reader, mut writer) = stream.split();
    BufReader::new(reader.take(1_024))
        .read_line(&mut line)
        .await?;
    match line.trim() {
        "hang" => std::future::pending::<()>().await,
        "endless" => loop {
            writer.write_all(&[b'%'; 4096]).await?;
        },
        query => writer.write_all(&answer(query)).await?,
    }
    writer.shutdown().await
}
